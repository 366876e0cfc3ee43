/**
 * Takes the place of the native binary that `query()` starts: it speaks the same control protocol on stdio and lets no
 * model decide. What is asked of it over HTTP it asks of the host's server, as the binary does for a model.
 */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const waiting = new Map();
let asked = 0;

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { type, request_id, request, response } = JSON.parse(line);
    if (type === 'control_response') waiting.get(response.request_id)?.(response);
    // The turn is over at once: what a model would do comes over HTTP.
    if (type === 'user')
      say({ type: 'result', subtype: 'success', is_error: false, result: '', session_id: 's' });
    if (type !== 'control_request') return;
    const answer = request.subtype === 'initialize' ? { commands: [], models: [], account: {} } : {};
    say({ type: 'control_response', response: { subtype: 'success', request_id, response: answer } });
  })
  .on('close', () => process.exit());

/** One JSON-RPC message for the host's server named `notes`. */
function ask(message) {
  const request_id = `ask-${(asked += 1)}`;
  const answered = new Promise((resolve) => waiting.set(request_id, resolve));
  say({
    type: 'control_request',
    request_id,
    request: { subtype: 'mcp_message', server_name: 'notes', message },
  });
  return answered;
}

const http = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = JSON.parse(Buffer.concat(chunks).toString());
  const answer = await ask(message);
  if (message.id === undefined) return response.writeHead(202).end();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.response.mcp_response));
});
http.listen(0, '127.0.0.1', () => console.error(`http://127.0.0.1:${http.address().port}/mcp`));
