/** A Prometheus that somebody else has started. */
import { json } from '../stack/server';
import type { Sample, Series } from '../stack/prometheus';
import type { Asked } from './dashboard-queries';

export class RemotePrometheus implements Asked {
  constructor(readonly url: string) {}

  async query(query: string, time?: number | string): Promise<Sample[]> {
    const at = time === undefined ? {} : { time: String(time) };
    return (await this.get<{ result: Sample[] }>('query', { query, ...at })).result;
  }

  async queryRange(query: string, start: number, end: number, step: string): Promise<Series[]> {
    const parameters = { query, start: String(start), end: String(end), step };
    return (await this.get<{ result: Series[] }>('query_range', parameters)).result;
  }

  async get<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const search = new URLSearchParams(parameters).toString();
    return (await json<{ data: T }>(`${this.url}/api/v1/${path}?${search}`)).data;
  }
}
