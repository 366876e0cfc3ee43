/** What a detector is set by. One set for every series; see docs/anomaly-detection.md for how far each may be moved. */
export interface SeriesParameters {
  /** Observations over which mean, deviation and rarity are taken, with exponentially falling weight. */
  memory: number;
  /** Observations of the shorter and the longer running mean that a shape is made of. */
  shortMean: number;
  longMean: number;
  /** Share of observations that are strange enough to be remembered as a new prototype. */
  novelShare: number;
  /** How fast the radius follows that share. */
  radiusRate: number;
  /** How far the nearest prototype moves towards an observation. */
  learning: number;
  /** Weight of a distance's size (octaves of the standard deviation) beside its rarity (powers of ten). */
  sizeWeight: number;
  /** Share of the running mean's surprise in the whole, beside that of the shape. */
  levelShare: number;
  /** Weight of the deviation from the hour's usual value. */
  rhythmWeight: number;
  /** How fast an hour's usual value follows, per day. */
  rhythmRate: number;
  /** The score that is an anomaly. Lower it where a series may not be missed, raise it where there are many of them. */
  anomalyScore: number;
  /** Observations without another score after an anomaly, and with only a higher one after a lesser score. */
  refractory: number;
  /** Observations before the first score. */
  warmUp: number;
  /** The smallest deviation that means anything, in the unit of the values. */
  resolution: number;
}

export const SERIES_PARAMETERS: Readonly<SeriesParameters> = {
  memory: 1_500,
  shortMean: 10,
  longMean: 100,
  novelShare: 0.015,
  radiusRate: 0.02,
  learning: 0.04,
  sizeWeight: 0.75,
  levelShare: 0.3,
  rhythmWeight: 1.5,
  rhythmRate: 0.3,
  anomalyScore: 0.5,
  refractory: 60,
  warmUp: 50,
  resolution: 1e-6,
};
