/**
 * How surprising an observation is in this very series. Two things are looked at: how far its shape is from all that was seen,
 * and how far the running mean is from the mean. Of each the rarity counts, that is the share of past observations that were as
 * far, and the size.
 *
 * The shares are read from histograms with logarithmic bins whose old counts fade. So one threshold fits a calm series and a wild
 * one, as with the conformal p-values of KNN-CAD (see prototypes.ts), and nothing past has to be kept. That the two are added as
 * logarithms is Fisher's way to combine tests ("Statistical Methods for Research Workers", 1925), with weights.
 */
import type { SeriesParameters } from './parameters';
import { BINS, CELL, N, type SeriesState } from './state';

const BINS_PER_OCTAVE = 4;
/** The first bin takes all below this power of two, the last all from 2^5. */
const LOWEST_OCTAVE = -7;
const TINY = 1e-9;
const ENOUGH = 30;
const REBASE = 1e6;

/** New counts weigh more instead of old ones less; before the numbers get too large all are divided. */
function rebase({ numbers, cells }: SeriesState): void {
  const weight = numbers[N.weight]!;
  for (let i = CELL.counts; i < CELL.levels + BINS; i++) cells[i]! /= weight;
  numbers[N.total]! /= weight;
  numbers[N.weight] = 1;
}

/**
 * Counts a distance in one of the histograms.
 * @returns minus the decimal logarithm of its tail probability before, and its size in octaves with their weight
 */
function surprise({ numbers, cells }: SeriesState, counts: number, distance: number, weight: number): number {
  const octave = Math.log2(distance + TINY);
  const place = Math.max(0, Math.min(BINS - 1, (octave - LOWEST_OCTAVE) * BINS_PER_OCTAVE));
  const bin = Math.floor(place);
  const one = numbers[N.weight]!;
  let above = cells[counts + bin]! * (1 - (place - bin)) + one / 2;
  for (let i = counts + bin + 1; i < counts + BINS; i++) above += cells[i]!;
  cells[counts + bin]! += one;
  return Math.max(0, Math.log10((numbers[N.total]! + one) / above) + 1 + weight * octave);
}

/**
 * @param distance - of the shape from the nearest known one, in standard deviations
 * @param level - of the running mean from the mean, in standard deviations
 * @returns their surprise; 0 while too little is known
 */
export function updateRarity(
  state: SeriesState,
  distance: number,
  level: number,
  { memory, sizeWeight, levelShare }: SeriesParameters,
): number {
  const { numbers } = state;
  const ofShape = surprise(state, CELL.counts, distance, sizeWeight);
  const ofLevel = surprise(state, CELL.levels, level, sizeWeight);
  const isEnough = numbers[N.total]! >= ENOUGH * numbers[N.weight]!;
  numbers[N.total]! += numbers[N.weight]!;
  numbers[N.weight]! *= 1 + 1 / memory;
  if (numbers[N.weight]! > REBASE) rebase(state);
  return isEnough ? (1 - levelShare) * ofShape + levelShare * ofLevel : 0;
}
