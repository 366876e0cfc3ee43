/** The tarball installs beside what users have, without a word about peers, and the command is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { OTEL_LINES } from '../support/installs';
import { explain } from '../support/run-program';
import { peerWarnings, Project, type Manager } from './consumer';

const MANAGERS: readonly Manager[] = ['npm', 'pnpm'];
const NODE_20 = '20.20.2';
const NODE_24 = '24.21.0';

interface Surroundings {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly beside: readonly string[];
}

const CASES: readonly Surroundings[] = [
  { title: 'alone', nodes: [NODE_20, NODE_24], beside: [] },
  { title: 'beside OpenTelemetry 2.x', nodes: [NODE_20, NODE_24], beside: OTEL_LINES['2.x'] },
  { title: 'beside OpenTelemetry 3.x', nodes: [NODE_24], beside: OTEL_LINES['3.x'] },
];

for (const manager of MANAGERS) {
  describe(`${manager} install`, () => {
    for (const { title, nodes, beside } of CASES) {
      for (const version of nodes) {
        test(`${title}, Node ${version}`, async () => {
          const project = await Project.create(manager, version);
          try {
            if (beside.length > 0) await project.add(...beside);
            const result = await project.addTarball();
            assert.deepEqual(peerWarnings(result), [], explain(result));
          } finally {
            project.remove();
          }
        });
      }
    }
  });
}

test('no OpenTelemetry package is installed twice', async (context) => {
  const project = await Project.create('npm', NODE_20);
  try {
    await project.addTarball();
    const lock = JSON.parse(readFileSync(join(project.folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    const copies = Object.keys(lock.packages)
      .filter((path) => /\/@opentelemetry\/[^/]+$/.test(path))
      .map((path) => path.slice(path.lastIndexOf('@')));
    context.diagnostic(`${copies.length} OpenTelemetry packages`);
    assert.ok(copies.length > 10, 'they are found');
    const twice = copies.filter((name, index) => copies.indexOf(name) !== index);
    assert.deepEqual(twice, []);
  } finally {
    project.remove();
  }
});

test('the warnings that are looked for are seen: a peer that cannot fit', async () => {
  const project = await Project.create('npm', NODE_20);
  try {
    await project.add('@opentelemetry/api@1.10.0');
    const result = await project.addTarball();
    assert.notDeepEqual(peerWarnings(result), []);
  } finally {
    project.remove();
  }
});
