/** An online anomaly detector for one series of numbers: what it is made of, and how well it does, is in docs/anomaly-detection.md. */
import { updateBand, type Band } from './band';
import { SERIES_PARAMETERS, type SeriesParameters } from './parameters';
import { updatePrototypes } from './prototypes';
import { updateRarity } from './rarity';
import { updateRhythm } from './rhythm';
import { updateShape } from './shape';
import { decoded, DIMENSIONS, emptyState, encoded, N, type SeriesState } from './state';

/** A score of this or more is an anomaly, unless the parameters say otherwise. */
export const ANOMALY_SCORE = SERIES_PARAMETERS.anomalyScore;
/** The surprise that is scored 0.5. */
const SURPRISE = 3.5;
/** Values beyond it are taken as it: squares must stay finite, and single precision must hold them. */
const LARGEST = 1e30;

/** Scratch: every detector uses it within one call only. */
const point = new Float64Array(DIMENSIONS);

/** What `SeriesDetector.save` gives: plain JSON. */
export interface SavedSeries {
  readonly version: 1;
  readonly state: string;
}

export class SeriesDetector {
  private parameters: SeriesParameters;
  private state: SeriesState = emptyState();

  /** @param parameters - other than the usual ones; `resolution` is the one that depends on what the series is of */
  constructor(parameters: Partial<SeriesParameters> = {}) {
    this.parameters = { ...SERIES_PARAMETERS, ...parameters };
  }

  /**
   * Scores a value by the values before it, and learns it.
   *
   * @param timestamp - milliseconds since 1970; only its hour of the day is looked at, so gaps, repetitions and steps back do no harm
   * @param value - what is no finite number is left out, and scored 0
   * @returns 0 (usual, or too early to say) up to 1; from `anomalyScore` an anomaly. After an anomaly 0 for a while.
   */
  observe(timestamp: number, value: number): number {
    if (!Number.isFinite(value)) return 0;
    const { state, parameters } = this;
    const taken = Math.max(-LARGEST, Math.min(LARGEST, value));
    const unit = updateShape(state, taken, point, parameters);
    updateBand(state, taken, parameters.resolution);
    point[3] = (parameters.rhythmWeight * updateRhythm(state, timestamp, taken, parameters)) / unit;
    const distance = updatePrototypes(state, point, parameters);
    if (state.numbers[N.count]! <= parameters.warmUp) return 0;
    const surprise = updateRarity(state, distance, Math.abs(point[1]!), parameters);
    return this.passed(surprise / (surprise + SURPRISE));
  }

  /** @returns the score, or 0 when an anomaly, or a score as high, was not long ago */
  private passed(score: number): number {
    const { numbers } = this.state;
    if (numbers[N.pause]! > 0) numbers[N.pause]!--;
    else numbers[N.held] = 0;
    const held = numbers[N.held]!;
    if (held >= this.parameters.anomalyScore || score <= held) return 0;
    numbers[N.held] = score;
    numbers[N.pause] = this.parameters.refractory;
    return score;
  }

  /** @returns the band that nine of ten values are in, in their own unit; `undefined` before the first value */
  usual(): Band | undefined {
    const { numbers } = this.state;
    if (numbers[N.count] === 0) return undefined;
    const [low, high] = [numbers[N.low]!, numbers[N.high]!];
    return { low: Math.min(low, high), high: Math.max(low, high) };
  }

  /** @returns how many values were taken in */
  get count(): number {
    return this.state.numbers[N.count]!;
  }

  save(): SavedSeries {
    return { version: 1, state: encoded(this.state) };
  }

  /**
   * @param saved - what `save` gave, of this process or another
   * @throws {RangeError} if it is nothing that `save` gives
   */
  static restore(saved: SavedSeries, parameters: Partial<SeriesParameters> = {}): SeriesDetector {
    if (saved?.version !== 1 || typeof saved.state !== 'string') {
      throw new RangeError('this is no saved series of version 1');
    }
    const detector = new SeriesDetector(parameters);
    detector.state = decoded(saved.state);
    return detector;
  }
}
