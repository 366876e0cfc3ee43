/** `server_id`: names of servers, and that nothing secret is ever in them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { findProgram } from '../../src/sdk/program-name';
import { nameServer } from '../../src/sdk/server-id';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const SECRET = 'sk-ABCDEF0123456789';

/** A stdio transport as the adapters see it. */
const stdio = (command: string, args: readonly string[]) => ({
  send: async () => {},
  _serverParams: { command, args },
});
const remote = (url: string) => ({ send: async () => {}, _url: new URL(url) });
const idOf = (transport: Parameters<typeof nameServer>[0]) => nameServer(transport).serverId;

const COMMAND_LINES: readonly (readonly [string, readonly string[], string])[] = [
  [
    'npx',
    ['-y', '@modelcontextprotocol/server-filesystem@1.2.3', '/data/private'],
    '@modelcontextprotocol/server-filesystem',
  ],
  ['npx', ['--yes', 'some-server'], 'some-server'],
  ['npx', ['some-server@latest', '--token', SECRET], 'some-server'],
  ['npx.cmd', ['-y', 'some-server'], 'some-server'],
  ['C:\\Program Files\\nodejs\\npx.cmd', ['-y', 'some-server'], 'some-server'],
  ['/usr/bin/npx', ['-y', '@scope/pkg@1.0.0', `--api-key=${SECRET}`], '@scope/pkg'],
  ['pnpm', ['dlx', '@scope/pkg'], '@scope/pkg'],
  ['npm', ['exec', '--', '@scope/pkg'], '@scope/pkg'],
  ['bunx', ['@scope/pkg'], '@scope/pkg'],
  ['uvx', ['mcp-server-git', '--repository', '/home/me/secret'], 'mcp-server-git'],
  ['node', ['/srv/app/node_modules/@scope/pkg/dist/index.js'], '@scope/pkg'],
  ['node', ['node_modules/plain/index.js', SECRET], 'plain'],
  ['node', ['--import', './hook.mjs', 'dist/server.js', SECRET], 'server.js'],
  ['node', ['--require', 'x/register', 'server.mjs'], 'server.mjs'],
  ['node', ['C:\\app\\node_modules\\@scope\\pkg\\index.js'], '@scope/pkg'],
  ['python', ['-m', 'my_server', '--token', SECRET], 'python'],
  ['python3', ['/opt/servers/weather.py', '--key', SECRET], 'weather.py'],
  ['docker', ['run', '-i', '--rm', '-e', `TOKEN=${SECRET}`, 'mcp/server'], 'docker'],
  ['java', ['-jar', '/opt/server.jar', SECRET], 'server.jar'],
  ['/opt/bin/my-server', [`--api-key=${SECRET}`], 'my-server'],
  ['my-server.exe', ['--api-key', SECRET], 'my-server'],
  ['sh', ['-c', `TOKEN=${SECRET} exec server`], 'sh'],
  ['constructor', ['server.js'], 'server.js'],
  ['__proto__', [], '__proto__'],
];

describe('names of stdio servers', () => {
  for (const [command, args, name] of COMMAND_LINES) {
    it(`${command} ${args.join(' ')} is ${name}`, () => {
      assert.equal(findProgram(command, args).name, name);
    });
  }
});

describe('namesakes', () => {
  it('the full identity tells two servers of one name apart', () => {
    const one = nameServer(stdio('npx', ['-y', 'twin', '/data/a']));
    const other = nameServer(stdio('npx', ['-y', 'twin', '/data/b']));
    assert.notEqual(one.identity, other.identity);
    assert.deepEqual([one.serverId, other.serverId], ['twin', 'twin#2']);
    assert.equal(idOf(stdio('npx', ['-y', 'twin', '/data/c'])), 'twin#3');
    assert.equal(idOf(stdio('npx', ['-y', 'twin', '/data/a'])), 'twin', 'the same server keeps its name');
    assert.equal(idOf(stdio('npx', ['-y', 'twin', '/data/b'])), 'twin#2');
  });
});

/** Words that stand for what a user would not want to see in a metric. */
const secret = fc
  .string({ unit: fc.constantFrom(...'abcXYZ0189_-.=/'), minLength: 12, maxLength: 30 })
  .map((tail) => `S3CRET${tail}`);
const options = ['--api-key', '--token', '-k', '--header', '-e', '--password', '--url'];
/** Arguments that come after the program's own name, with a secret in any place. */
const secretArguments = fc.array(
  fc.oneof(
    secret,
    fc.tuple(fc.constantFrom(...options), secret).map(([option, value]) => `${option}=${value}`),
    fc.tuple(fc.constantFrom(...options), secret),
    secret.map((value) => `/data/${value}/file.js`),
    secret.map((value) => `https://user:${value}@host/`),
    secret.map((value) => `TOKEN=${value}`),
  ),
  { minLength: 1, maxLength: 6 },
);
const launchers: readonly (readonly [string, readonly string[]])[] = [
  ['npx', ['-y', '@scope/pkg@1.2']],
  ['npx', ['pkg']],
  ['pnpm', ['dlx', 'pkg']],
  ['node', ['/x/node_modules/@scope/pkg/dist/index.js']],
  ['node', ['server.js']],
  ['uvx', ['mcp-server-git']],
  ['python', ['-m', 'module']],
  ['python', ['server.py']],
  ['docker', ['run', '-i', '--rm']],
  ['/opt/bin/my-server', []],
];

describe('a secret in an argument', () => {
  it('never appears in a name, wherever it stands behind the program', () => {
    fc.assert(
      fc.property(fc.constantFrom(...launchers), secretArguments, ([command, own], further) => {
        const args = [...own, ...further.flat()];
        const { serverId } = nameServer(stdio(command, args));
        assert.doesNotMatch(serverId, /S3CRET/, JSON.stringify([command, ...args]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never appears when an option with a value stands before the program', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('npx', 'node', 'python', 'docker', 'uvx', 'bun', 'deno', 'sh'),
        fc.constantFrom(...options),
        secret,
        (command, option, value) => {
          for (const args of [
            [option, value, 'server.js'],
            [`${option}=${value}`, 'server.js'],
            [option, `/srv/${value}.js`],
          ]) {
            const { serverId } = nameServer(stdio(command, args));
            assert.doesNotMatch(serverId, /S3CRET/, JSON.stringify([command, ...args]));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('names of remote servers', () => {
  it('scheme, host and port; no user info, path, query or fragment', () => {
    const url = `https://user:${SECRET}@api.example.com:8443/tenants/${SECRET}/mcp?key=${SECRET}#${SECRET}`;
    assert.equal(idOf(remote(url)), 'https://api.example.com:8443');
    assert.equal(idOf(remote('http://localhost/mcp')), 'http://localhost');
    assert.equal(idOf(remote('wss://api.example.com/mcp')), 'wss://api.example.com');
    assert.equal(idOf(remote('http://[::1]:3000/mcp')), 'http://[::1]:3000');
  });

  it('never shows anything but the origin', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), secret, (base, value) => {
        const url = new URL(base);
        url.username = 'user';
        url.password = value;
        url.searchParams.set('token', value);
        url.pathname += `/${value}`;
        assert.equal(idOf(remote(url.href)), `${url.protocol}//${url.host}`);
      }),
      { numRuns: 300 },
    );
  });

  it('in memory, and a custom class by its name', () => {
    class InMemoryTransport {
      send = async () => {};
    }
    class CarrierPigeonTransport {
      send = async () => {};
    }
    assert.equal(idOf(new InMemoryTransport()), 'inmemory');
    assert.equal(idOf(new CarrierPigeonTransport()), 'CarrierPigeonTransport');
  });
});

describe('with MCP_AUDIT_KEY_FILE', () => {
  const PROGRAM = `
    const { nameServer } = require(${JSON.stringify(join(REPOSITORY, 'build/src/sdk/server-id.js'))});
    const name = (command, ...args) => nameServer({ send() {}, _serverParams: { command, args } }).serverId;
    const remote = (url) => nameServer({ send() {}, _url: new URL(url) }).serverId;
    console.log(JSON.stringify([
      name('npx', '-y', 'pkg', '/data/a'), name('npx', '-y', 'pkg', '/data/b'), name('npx', '-y', 'pkg', '/data/a'),
      name('npx', '-y', 'lonely'), name('pkg2', '--api-key', '${SECRET}'), name('docker', 'run', '-e', 'TOKEN=${SECRET}', 'image'),
      name('npx', '-y', 'pkg3', '--profile=a'), name('npx', '-y', 'pkg3', '--profile=b'),
    ]));`;
  const named = async (key: string): Promise<string[]> => {
    const env = { MCP_AUDIT_KEY_FILE: key === '' ? undefined : key };
    const result = expectExit(await runProgram('--eval', { args: [PROGRAM], env, cwd: REPOSITORY }));
    return JSON.parse(result.stdout) as string[];
  };

  it('six hex digits of a keyed hash where there are further arguments; the same on every start', async () => {
    const key = join(REPOSITORY, 'tsconfig.json');
    const [a, b, again, lonely, option, docker, ...rest] = await named(key);
    assert.match(a ?? '', /^pkg#[0-9a-f]{6}$/);
    assert.match(b ?? '', /^pkg#[0-9a-f]{6}$/);
    assert.notEqual(a, b);
    assert.equal(again, a);
    assert.equal(lonely, 'lonely');
    assert.match(option ?? '', /^pkg2#[0-9a-f]{6}$/);
    assert.match(docker ?? '', /^docker#[0-9a-f]{6}$/);
    assert.deepEqual(await named(key), [a, b, again, lonely, option, docker, ...rest]);
    const [other] = await named(join(REPOSITORY, 'LICENSE'));
    assert.notEqual(other, a, 'another key, another hash');
  });

  it('options alone are further arguments too', async () => {
    const key = join(REPOSITORY, 'tsconfig.json');
    const [first, second] = (await named(key)).slice(6);
    assert.match(first ?? '', /^pkg3#[0-9a-f]{6}$/);
    assert.notEqual(first, second);
  });

  it('without a key: in order of first connection', async () => {
    assert.deepEqual((await named('')).slice(0, 4), ['pkg', 'pkg#2', 'pkg', 'lonely']);
  });
});
