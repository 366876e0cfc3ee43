/**
 * Preloaded after our package: puts a guard into the pipeline that denies every tool named after a denial, with that
 * denial. REGISTER names our built preload. By hand: REGISTER=$PWD/build/src/register.js node --require
 * ./build/src/register.js --require ./test/programs/deny-by-name.cjs test/programs/errors-v1.cjs
 */
'use strict';
const { join } = require('node:path');
const { runtime } = require(join(process.env.REGISTER, '../pipeline/runtime.js'));

const DENIALS = new Set(
  'access_denied rate_limited budget_exceeded input_rejected circuit_open guard_unavailable'.split(' '),
);

class TestDenial extends Error {
  name = 'TestDenial';
  code = 'MCP_GUARD_DENIED';
}

function decide(call) {
  const errorType = call.target?.name;
  if (!DENIALS.has(errorType)) return { decisions: [] };
  const decision = {
    guard: 'test',
    verdict: 'deny',
    action: 'blocked',
    mode: 'enforce',
    reason: 'named_so',
    stage: 'request',
  };
  return { decisions: [decision], denial: { errorType, error: new TestDenial(`denied: ${errorType}`) } };
}

runtime().setGuards({ decide });
