/**
 * How rare a distance is in this very series: the share of past distances that were as large, from a histogram with logarithmic
 * bins whose old counts fade. So one threshold fits a calm series and a wild one, as the conformal p-value of KNN-CAD does
 * (see prototypes.ts), without keeping the distances.
 */
import type { SeriesParameters } from './parameters';
import { BINS, CELL, N, type SeriesState } from './state';

const BINS_PER_OCTAVE = 4;
/** The first bin takes all below this power of two, the last all from 2^5. */
const LOWEST_OCTAVE = -7;
const ENOUGH = 30;
const REBASE = 1e6;

const binOf = (octave: number): number =>
  Math.max(0, Math.min(BINS - 1, Math.floor((octave - LOWEST_OCTAVE) * BINS_PER_OCTAVE)));

/** New counts weigh more instead of old ones less; before the numbers get too large all are divided. */
function rebase({ numbers, cells }: SeriesState): void {
  const weight = numbers[N.weight]!;
  for (let i = 0; i < BINS; i++) cells[CELL.counts + i]! /= weight;
  numbers[N.total]! /= weight;
  numbers[N.weight] = 1;
}

/**
 * @param distance - in standard deviations
 * @returns how surprising it is: minus the decimal logarithm of its tail probability, and its size; 0 while too little is known
 */
export function updateRarity(state: SeriesState, distance: number, parameters: SeriesParameters): number {
  const { numbers, cells } = state;
  const octave = Math.log2(distance + 1e-9);
  const bin = binOf(octave);
  const weight = numbers[N.weight]!;
  const total = numbers[N.total]!;
  let above = (cells[CELL.counts + bin]! + weight) / 2;
  for (let i = bin + 1; i < BINS; i++) above += cells[CELL.counts + i]!;
  const rarity = Math.log10((total + weight) / above);
  const next = weight * (1 + 1 / parameters.rarityMemory);
  cells[CELL.counts + bin]! += next;
  numbers[N.total] = total + next;
  numbers[N.weight] = next;
  if (next > REBASE) rebase(state);
  return total < ENOUGH * weight ? 0 : Math.max(0, rarity + 1 + parameters.sizeWeight * octave);
}
