/** Which Node releases get which hooks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireEsmIsHidden, syncHooksAreSafe } from '../../src/loader/gate';

const SAFE = ['22.22.3', '22.23.0', '24.11.1', '24.12.0', '24.21.0', '25.1.0', '25.9.9', '26.0.0', '27.1.0'];
const UNSAFE = ['20.6.0', '20.99.0', '22.15.0', '22.22.2', '23.11.0', '24.0.0', '24.11.0', '25.0.0'];

for (const version of SAFE) {
  test(`${version}: registerHooks`, () => assert.equal(syncHooksAreSafe(version), true));
}
for (const version of UNSAFE) {
  test(`${version}: module.register`, () => assert.equal(syncHooksAreSafe(version), false));
}

test('require(esm) is hidden from asynchronous hooks on Node 20 and on 22 before 22.15', () => {
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.14.0']) {
    assert.equal(requireEsmIsHidden(version, true), true, version);
    assert.equal(requireEsmIsHidden(version, false), false, version);
  }
  for (const version of ['22.15.0', '22.23.3', '24.10.0']) {
    assert.equal(requireEsmIsHidden(version, true), false, version);
  }
});
