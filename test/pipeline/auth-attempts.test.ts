/** Counts of authentications: by server and outcome, and of no more servers than a metric may have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { AuthRecord, Session } from '../../src/core/call';
import { AuthAttempts } from '../../src/pipeline/auth-attempts';

function attempt(serverId: string, success: boolean): AuthRecord {
  const session: Session = {
    role: 'client',
    startedAt: 0,
    transport: 'streamable_http',
    identity: serverId,
    serverId,
    protocolVersion: undefined,
    sessionId: undefined,
    serverName: undefined,
    clientName: undefined,
  };
  return { session, identity: {}, method: 'http_401', success };
}

const readings = (attempts: AuthAttempts) =>
  Array.from(attempts.readings(), ({ attributes, value }) => [
    attributes['server_id'],
    attributes['outcome'],
    value,
  ]);

describe('counts of authentications', () => {
  it('both outcomes of a server, one of them 0 from the start', () => {
    const attempts = new AuthAttempts();
    assert.deepEqual(readings(attempts), []);
    for (const success of [false, false, true, false]) attempts.authenticated(attempt('crm', success));
    attempts.authenticated(attempt('mail', true));
    assert.deepEqual(readings(attempts), [
      ['crm', 'success', 1],
      ['crm', 'failure', 3],
      ['mail', 'success', 1],
      ['mail', 'failure', 0],
    ]);
  });

  it('servers past the fiftieth are one', () => {
    const attempts = new AuthAttempts();
    for (let server = 0; server < 70; server += 1) attempts.authenticated(attempt(`s${server}`, false));
    attempts.authenticated(attempt('s3', false));
    const all = readings(attempts);
    assert.equal(all.length, 51 * 2);
    assert.deepEqual(all.slice(6, 8), [
      ['s3', 'success', 0],
      ['s3', 'failure', 2],
    ]);
    assert.deepEqual(all.slice(-2), [
      ['__other__', 'success', 0],
      ['__other__', 'failure', 20],
    ]);
  });
});
