/** Values of an event that groups are made of. */
import { fieldOf, type FieldName, type MonitoringEvent } from '../event';

/** Values of a group, by field. */
export type GroupValues = readonly (readonly [field: FieldName, value: string])[];

/** Empty where the event has none: such events are a group of their own. */
export function textOf(event: MonitoringEvent, field: FieldName): string {
  const value = fieldOf(event, field);
  if (typeof value === 'string') return value;
  return value === undefined ? '' : String(value);
}

export function textsOf(event: MonitoringEvent, fields: readonly FieldName[]): readonly string[] {
  return fields.map((field) => textOf(event, field));
}

/** Those that the event has. */
export function groupValues(event: MonitoringEvent, fields: readonly FieldName[]): GroupValues {
  return fields.map((field) => [field, textOf(event, field)] as const).filter(([, value]) => value !== '');
}
