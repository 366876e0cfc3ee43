/** Transports that wrap another one: which server they lead to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { nameServer } from '../../src/sdk/server-id';
import { behindWrappers } from '../../src/sdk/wrapped-transport';

class Wire {
  readonly _serverParams = { command: 'node', args: ['weather.js'] };
  async start(): Promise<void> {}
  async send(): Promise<void> {}
}

class Field extends Wire {
  override readonly _serverParams = undefined as never;
  constructor(readonly baseTransport: Wire | Field) {
    super();
  }
}

class Options {
  constructor(readonly opts: { readonly inner: Wire; readonly log: string[] }) {}
  async start(): Promise<void> {}
  async send(): Promise<void> {}
}

class Pump {
  readonly client = new Wire();
  readonly server = new Wire();
  async send(): Promise<void> {}
}

class Guarded {
  get inner(): Wire {
    throw new Error('a getter was run');
  }
  async send(): Promise<void> {}
}

const idOf = (transport: Parameters<typeof behindWrappers>[0]) =>
  nameServer(behindWrappers(transport)).serverId;

describe('transports that wrap another one', () => {
  it('are known by what they wrap: in a field, in options, and one in the other', () => {
    assert.equal(idOf(new Field(new Wire())), 'weather.js');
    assert.equal(idOf(new Options({ inner: new Wire(), log: [] })), 'weather.js');
    assert.equal(idOf(new Field(new Field(new Wire()))), 'weather.js');
  });

  it('are themselves where they hold none or two, and getters are left alone', () => {
    assert.equal(idOf(new Pump()), 'Pump');
    assert.equal(idOf(new Guarded()), 'Guarded');
  });

  it('that lead in a circle come to an end', () => {
    const circle = new Field(new Wire()) as { baseTransport: unknown };
    circle.baseTransport = circle;
    assert.equal(idOf(circle as unknown as Field), 'Field');
  });
});
