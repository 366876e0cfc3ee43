/** Which arguments the path guard takes for paths, and what it says of them. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { createPathGuard } from '../../src/guards/path-traversal';
import type { PolicyInput } from '../../src/policy/schema';
import { policy, session, toolCall, type CallOptions } from './support/input';

type Input = Omit<PolicyInput, 'version' | 'id'>;

const FILESYSTEM_SERVER = session(
  JSON.stringify(['npx', '-y', '@modelcontextprotocol/server-filesystem', '/srv/data']),
  'server-filesystem',
);

function guardOf(input: Input) {
  const guard = createPathGuard(policy(input));
  return (options: CallOptions) => guard?.check(toolCall(options))?.reason;
}

describe('which arguments are paths', () => {
  const reason = guardOf({ paths: { root: '/srv/data' } });
  const out = '../x';
  const rows: readonly [args: Record<string, unknown>, reason: string | undefined][] = [
    [{ path: 'a' }, 'allowed'],
    [{ path: out }, 'escapes_root'],
    [{ paths: ['a', 'b', out] }, 'escapes_root'],
    [{ path: [['a'], [out]] }, 'escapes_root'],
    [{ file_path: out }, 'escapes_root'],
    [{ options: { deep: [{ path: out }] } }, 'escapes_root'],
    [{ options: { directory: out } }, undefined],
    [{ text: out }, undefined],
    [{ path: 7 }, undefined],
    [{ path: new URL('file:///etc/passwd') }, 'escapes_root'],
    [{ uri: 'file:///srv/data/a%20b.txt' }, 'allowed'],
    [{ uri: 'file:///srv/data/../x' }, 'escapes_root'],
    [{ uri: 'file:///srv/data/%252e%252e/x' }, 'escapes_root'],
    [{ uri: 'file:///srv/data/a?/../../../etc/passwd' }, 'escapes_root'],
    [{ uri: 'file://localhost/srv/data/a' }, 'allowed'],
    [{ uri: 'file://host/srv/data/a' }, 'network_share'],
    [{ uri: 'file:///C:/x' }, 'other_drive'],
    [{ uri: 'https://example.org/a' }, undefined],
    [{ uri: 'demo://resource/../../x' }, 'alternate_stream'],
    [{ path: 'ab://../../../etc/passwd' }, 'alternate_stream'],
    [{ path: 'ab://%2e%2e/%2e%2e/%2e%2e/etc' }, 'alternate_stream'],
  ];
  for (const [args, wanted] of rows) {
    it(`${JSON.stringify(args)}: ${wanted ?? 'does not concern it'}`, () => {
      assert.equal(reason({ args }), wanted);
    });
  }

  it('nothing hides behind what is too much to read', () => {
    assert.equal(reason({ args: { many: Array(1_000_001).fill(0), path: out } }), 'too_many_keys');
    let deep: unknown = out;
    for (let level = 0; level < 600; level += 1) deep = [deep];
    assert.equal(reason({ args: { deep, path: out } }), 'too_deep');
  });

  it('of Windows: a URL of a drive', () => {
    const windows = guardOf({ paths: { root: 'C:\\data' } });
    assert.equal(windows({ args: { uri: 'file:///C:/data/x' } }), 'allowed');
    assert.equal(windows({ args: { uri: 'file:///C:/x' } }), 'escapes_root');
  });
});

describe('resources', () => {
  const guard = createPathGuard(policy({ paths: { root: '/srv/data' } }));
  const read = (uri: string) => {
    const { call, ...input } = toolCall();
    const target = { type: 'resource', name: uri } as const;
    return guard?.check({ ...input, call: { ...call, method: 'resources/read', target, params: { uri } } })
      ?.reason;
  };

  it('of files are held, others are their server’s own', () => {
    assert.equal(read('file:///srv/data/x'), 'allowed');
    assert.equal(read('file:///etc/passwd'), 'escapes_root');
    assert.equal(read('demo://resource/dynamic/1'), undefined);
  });
});

describe('roots', () => {
  it('a server’s own comes before that of all', () => {
    const reason = guardOf({
      paths: { root: '/srv/data' },
      servers: { fs: { match: { command: 'fs' }, filesystem: { root: '/srv/files', enabled: true } } },
    });
    assert.equal(reason({ server: 'fs', args: { path: '/srv/files/x' } }), 'allowed');
    assert.equal(reason({ server: 'fs', args: { path: '/srv/data/x' } }), 'escapes_root');
    assert.equal(reason({ server: 'crm', args: { path: '/srv/data/x' } }), 'allowed');
  });

  it('hold without a section `paths`, and both ends of a move are paths', () => {
    const reason = guardOf({
      servers: { fs: { match: { command: 'fs' }, filesystem: { root: '/srv/files', enabled: true } } },
    });
    const move = (source: string, destination: string) =>
      reason({ server: 'fs', tool: 'move_file', args: { source, destination } });
    assert.equal(move('a', 'b'), 'allowed');
    assert.equal(move('a', '../b'), 'escapes_root');
    assert.equal(move('../a', 'b'), 'escapes_root');
  });

  it('a file system server that the policy does not name is one all the same', () => {
    const reason = guardOf({ paths: { root: '/srv/data' } });
    const args = { source: 'a', destination: '../b' };
    assert.equal(reason({ session: FILESYSTEM_SERVER, server: undefined, args }), 'escapes_root');
    assert.equal(reason({ server: undefined, args }), undefined);
  });

  it('without one a null byte is denied, and names are judged', () => {
    const reason = guardOf({ paths: { deny: ['**/.env'] } });
    assert.equal(reason({ args: { path: '/etc/passwd' } }), 'allowed');
    assert.equal(reason({ args: { path: 'a%00b' } }), 'null_byte');
    assert.equal(reason({ args: { path: '/x/.env' } }), 'denied_path');
  });
});

describe('what only reads', () => {
  const reason = guardOf({
    servers: { fs: { match: { command: 'fs' }, filesystem: { enabled: true, read_only: true } } },
  });
  // Of @modelcontextprotocol/server-filesystem, all of them, and names that others have.
  const readers =
    'read_file read_text_file read_media_file read_multiple_files list_directory list_directory_with_sizes directory_tree search_files get_file_info list_allowed_directories readFile listDirectory get-file-info ls';
  const writers =
    'write_file edit_file create_directory move_file delete_file writeFile search_and_replace find-and-delete list_or_create readWrite directory_create do_it execute x';

  it('tools that are not known to read only are denied', () => {
    for (const tool of readers.split(' ')) assert.equal(reason({ server: 'fs', tool }), undefined, tool);
    for (const tool of writers.split(' ')) assert.equal(reason({ server: 'fs', tool }), 'read_only', tool);
    assert.equal(reason({ server: 'crm', tool: 'write_file' }), undefined);
  });
});

describe('extensions', () => {
  const reason = guardOf({ paths: { extensions: ['.txt', '.MD'] } });
  const of = (path: string, tool = 'read_file') => reason({ tool, args: { path } });

  it('are those of every reading, whatever Windows drops behind them', () => {
    assert.equal(of('a/b.txt'), 'allowed');
    assert.equal(of('a/b.TXT'), 'allowed');
    assert.equal(of('a/b.md'), 'allowed');
    for (const path of [
      'b.sh',
      'b',
      'b.txt.sh',
      'b.sh. .',
      'b.sh::$DATA',
      'b.txt%2f..%2fb.sh',
      'b.tx',
      '.txt/b',
      'b.ｓｈ',
    ]) {
      assert.equal(of(path), 'extension_denied', path);
    }
    assert.equal(of('b.txt. '), 'allowed');
  });

  it('a folder has none where a tool is given folders', () => {
    assert.equal(of('a/b', 'list_directory'), 'allowed');
    assert.equal(of('a/b.sh', 'list_directory'), 'extension_denied');
  });
});

describe('denied globs', () => {
  const reason = guardOf({ paths: { deny: ['**/.env', '**/.git/**', '**/id_rsa*', '/srv/data/secret/**'] } });
  const of = (path: string) => reason({ args: { path } });

  it('hold over every reading, hidden files and any case', () => {
    for (const path of [
      '.env',
      'a/.env',
      '/x/.ENV',
      'a\\.env',
      'a%2f.env',
      '%2eenv',
      'a/b/../.env',
      '．env',
      '.e\u200bnv',
      '.env. ',
      '.env::$DATA',
      '.git/config',
      'a/.GIT/hooks/x',
      '.git./config',
      'id_rsa',
      'x/ID_RSA.pub',
      '/srv/data/secret/a',
      '/srv/data/x/../secret/a',
      'file:///srv/data/secret/a',
    ])
      assert.equal(of(path), 'denied_path', path);
    for (const path of ['env', 'a/.env.example', '.github/x', 'id_r', '/srv/data/secrets']) {
      assert.equal(of(path), 'allowed', path);
    }
  });
});

describe(
  'links on a real file system',
  { skip: process.platform === 'win32' && 'needs a privilege there' },
  () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'links-')));
    after(() => rmSync(folder, { recursive: true }));
    const root = join(folder, 'root');
    const outside = join(folder, 'outside');
    mkdirSync(join(root, 'sub'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(root, 'file.txt'), '');
    writeFileSync(join(outside, 'secret.txt'), '');
    symlinkSync(outside, join(root, 'out'));
    symlinkSync('../outside/secret.txt', join(root, 'relative.txt'));
    symlinkSync(join(outside, 'not-there-yet.txt'), join(root, 'dangling.txt'));
    symlinkSync(join(root, 'sub'), join(root, 'in'));
    symlinkSync('round-b', join(root, 'round-a'));
    symlinkSync('round-a', join(root, 'round-b'));
    symlinkSync(root, join(folder, 'alias'));

    const checked = guardOf({ paths: { root } });
    const of = (path: string, reason = checked) => reason({ args: { path } });

    it('may lead anywhere in the root, and nowhere else', () => {
      for (const path of [
        'file.txt',
        'in/new.txt',
        'sub/a/b/c.txt',
        join(root, 'in'),
        '.',
        'in/../file.txt',
      ]) {
        assert.equal(of(path), 'allowed', path);
      }
      for (const path of [
        'out',
        'out/secret.txt',
        'out/new/deep.txt',
        'relative.txt',
        'dangling.txt',
        join(root, 'out/x'),
        'out%2fsecret.txt',
        'round-a',
        'sub/../out/x',
        pathToFileURL(join(root, 'out/x')).href,
      ])
        assert.equal(of(path), 'symlink_escapes_root', path);
    });

    it('`..` behind a link is read both ways', () => {
      // To a program that opens the path as it is, `..` is the folder above `outside`.
      assert.equal(of('out/../outside/secret.txt'), 'symlink_escapes_root');
      assert.equal(of('out/../root/file.txt'), 'allowed');
      assert.equal(of('in/../../root/file.txt'), 'allowed');
    });

    it('are not looked at when the policy says so', () => {
      const ignored = guardOf({ paths: { root, follow_symlinks: 'ignore' } });
      assert.equal(of('out/secret.txt', ignored), 'allowed');
      assert.equal(of('../outside/secret.txt', ignored), 'escapes_root');
    });

    it('are seen from the call on after which they were made', () => {
      assert.equal(of('later/x'), 'allowed');
      symlinkSync(outside, join(root, 'later'));
      assert.equal(of('later/x'), 'symlink_escapes_root');
      unlinkSync(join(root, 'later'));
      assert.equal(of('later/x'), 'allowed');
    });

    it('a root that is a link goes by both of its names', () => {
      const byAlias = guardOf({ paths: { root: join(folder, 'alias') } });
      assert.equal(of(join(folder, 'alias/file.txt'), byAlias), 'allowed');
      assert.equal(of(join(root, 'file.txt'), byAlias), 'allowed');
      assert.equal(of('out/x', byAlias), 'symlink_escapes_root');
      assert.equal(of(join(outside, 'x'), byAlias), 'escapes_root');
      assert.equal(of(`${root}-evil/x`, byAlias), 'escapes_root');
    });

    it('a root that is not on this machine is judged by its letters', () => {
      const elsewhere = guardOf({ paths: { root: join(folder, 'not-here') } });
      assert.equal(of('a/b', elsewhere), 'allowed');
      assert.equal(of('../b', elsewhere), 'escapes_root');
    });
  },
);
