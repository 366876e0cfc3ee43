/**
 * What shapes were seen: a bounded set of prototypes, and how far an observation is from the nearest of them.
 *
 * The set is learnt as in adaptive resonance (Carpenter, Grossberg, Rosen, "Fuzzy ART", Neural Networks 4, 1991): an observation
 * within the radius moves its prototype a little, one outside becomes a prototype, in the place of the one not met for longest.
 * The radius is no parameter: it follows the distance that a small share of observations exceeds, by stochastic approximation
 * (Robbins, Monro, 1951). That the distance to the nearest neighbours says how strange a stretch of a series is, is the idea of
 * KNN-CAD (Burnaev, Ishimtsev, "Conformalized density- and distance-based anomaly detection in time-series data", 2016).
 */
import type { SeriesParameters } from './parameters';
import { CELL, DIMENSIONS, N, PROTOTYPES, type SeriesState } from './state';

/** The first observations only widen the radius. */
const YOUNG = 20;

/** Of the last call of `nearest`. */
let place = -1;

/** City-block distance to the nearest prototype; 0 if there is none. */
function nearest({ numbers, cells }: SeriesState, point: Float64Array): number {
  const [a, b, c, d] = [point[0]!, point[1]!, point[2]!, point[3]!];
  const end = CELL.points + numbers[N.prototypes]! * DIMENSIONS;
  let least = Infinity;
  place = -1;
  for (let at: number = CELL.points; at < end; at += DIMENSIONS) {
    const distance =
      Math.abs(a - cells[at]!) +
      Math.abs(b - cells[at + 1]!) +
      Math.abs(c - cells[at + 2]!) +
      Math.abs(d - cells[at + 3]!);
    if (distance < least) {
      least = distance;
      place = (at - CELL.points) / DIMENSIONS;
    }
  }
  return place < 0 ? 0 : least;
}

function followRadius(numbers: Float64Array, distance: number, parameters: SeriesParameters): void {
  const radius = numbers[N.radius]!;
  const step = parameters.radiusRate * (radius + distance / 100 + 1e-9);
  const { novelShare } = parameters;
  numbers[N.radius] = radius + (distance > radius ? step * (1 - novelShare) : -step * novelShare);
  if (numbers[N.count]! <= YOUNG) numbers[N.radius] = Math.max(numbers[N.radius]!, distance);
}

/** @returns a free place, or that of the prototype that was not met for longest */
function freePlace({ numbers, cells }: SeriesState): number {
  const used = numbers[N.prototypes]!;
  if (used < PROTOTYPES) {
    numbers[N.prototypes] = used + 1;
    return used;
  }
  let oldest = 0;
  for (let i = 1; i < PROTOTYPES; i++) {
    if (cells[CELL.seen + i]! < cells[CELL.seen + oldest]!) oldest = i;
  }
  return oldest;
}

/** @returns how far the point is from all that was seen, before it is learnt */
export function updatePrototypes(
  state: SeriesState,
  point: Float64Array,
  parameters: SeriesParameters,
): number {
  const { numbers, cells } = state;
  const distance = nearest(state, point);
  const known = place;
  if (known >= 0) followRadius(numbers, distance, parameters);
  const isNew = known < 0 || distance > numbers[N.radius]!;
  const at = isNew ? freePlace(state) : known;
  const rate = isNew ? 1 : parameters.learning;
  for (let i = 0; i < DIMENSIONS; i++) {
    const cell = CELL.points + at * DIMENSIONS + i;
    cells[cell] = isNew ? point[i]! : cells[cell]! + rate * (point[i]! - cells[cell]!);
  }
  if (isNew) numbers[N.clock]!++;
  cells[CELL.seen + at] = numbers[N.clock]!;
  return distance;
}
