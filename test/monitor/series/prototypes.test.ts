/** Which shapes a detector remembers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SERIES_PARAMETERS } from '../../../src/monitor/series/parameters';
import { updatePrototypes } from '../../../src/monitor/series/prototypes';
import { DIMENSIONS, emptyState, N, PROTOTYPES } from '../../../src/monitor/series/state';

/** A memory past its first values; `distance` tells how far a point on the first axis is from what it knows, and learns it. */
function memory(): { used: () => number; distance: (x: number) => number } {
  const state = emptyState();
  state.numbers[N.count] = 100;
  const distance = (x: number): number =>
    updatePrototypes(
      state,
      Float64Array.from({ length: DIMENSIONS }, (_, i) => (i === 0 ? x : 0)),
      SERIES_PARAMETERS,
    );
  return { used: () => state.numbers[N.prototypes]!, distance };
}

test('what was met is known, and what is far from it is new', () => {
  const { used, distance } = memory();
  assert.deepEqual([distance(0), distance(100), distance(100), distance(-50)], [0, 100, 0, 50]);
  assert.equal(used(), 3);
});

test('when all places are taken, the one not met for longest is given up', () => {
  const { used, distance } = memory();
  for (let i = 0; i < PROTOTYPES; i++) distance(100 * i);
  assert.equal(used(), PROTOTYPES);
  assert.equal(distance(0), 0);
  distance(100 * PROTOTYPES);
  assert.equal(used(), PROTOTYPES);
  assert.equal(distance(0), 0);
  assert.equal(distance(100), 100);
});
