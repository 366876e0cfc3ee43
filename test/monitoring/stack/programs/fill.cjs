// node fill.cjs: fills one entry of the cache slowly and says what is in it; two at once must not disturb each other.
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

const { cached } = require('../../../../build/tools/stack/cache.js');

async function main() {
  const folder = await cached('thing/1.0', async (temporary) => {
    writeFileSync(join(temporary, 'first'), String(process.pid));
    await pause(500);
    writeFileSync(join(temporary, 'second'), String(process.pid));
  });
  const [first, second] = ['first', 'second'].map((name) => readFileSync(join(folder, name), 'utf8'));
  console.log(JSON.stringify({ whole: first === second, beside: readdirSync(dirname(folder)) }));
}

main();
