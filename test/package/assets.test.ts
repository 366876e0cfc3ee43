/** `otel-mcp assets` of the installed package: what it writes is what the repository has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { Project } from './consumer';

/** Every file below a folder, or the file itself, by its path. */
function filesOf(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesOf(root, `${path}/${name}`));
}

for (const manager of ['npm', 'pnpm'] as const) {
  test(`from the tarball, installed with ${manager}`, async () => {
    const project = await Project.create(manager, process.versions.node);
    try {
      await project.addTarball();
      const out = join(project.folder, 'monitoring');
      const said = await project.command('otel-mcp', 'assets', '--json', '--out', out);
      const { files } = JSON.parse(said) as { files: { path: string; state: string }[] };
      const written = readdirSync(out).flatMap((name) => filesOf(out, name));
      assert.deepEqual(files.map(({ path }) => path).toSorted(), written.toSorted());
      assert.ok(files.every(({ state }) => state === 'written'));
      // Nothing is left behind in the package.
      const folders = ['collector-config', 'grafana'].flatMap((name) => filesOf(REPOSITORY, name));
      const pages = ['dashboards', 'operations', 'runbook', 'telemetry'].map((name) => `docs/${name}.md`);
      assert.deepEqual(written.toSorted(), [...folders, ...pages, 'docker-compose.yaml'].toSorted());
      for (const path of written) {
        assert.ok(readFileSync(join(out, path)).equals(readFileSync(join(REPOSITORY, path))), path);
      }
      // The pages name pages that are there.
      for (const page of pages) {
        const text = readFileSync(join(out, page), 'utf8');
        for (const [, name = ''] of text.matchAll(/(?:\]\(|`docs\/)([\w-]+\.md)/g)) {
          assert.ok(written.includes(`docs/${name}`), `${page} names ${name}`);
        }
      }
    } finally {
      project.remove();
    }
  });
}
