/** Where the agents and the Collector under test send to: keeps or counts what arrives, as it came over the wire. */
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** @param {boolean} keep whether bodies are kept, in `requests` */
export async function startSink(keep) {
  const sink = { requests: [], count: 0, bodyBytes: 0, sockets: new Set(), ended: 0 };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const wire = Buffer.concat(chunks);
      sink.count += 1;
      sink.bodyBytes += wire.length;
      if (keep) {
        const gzip = request.headers['content-encoding'] === 'gzip';
        sink.requests.push({ path: request.url, wire: wire.length, body: gzip ? gunzipSync(wire) : wire });
      }
      response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
    });
  });
  server.on('connection', (socket) => {
    sink.sockets.add(socket);
    socket.on('close', () => {
      sink.ended += socket.bytesRead;
      sink.sockets.delete(socket);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `http://127.0.0.1:${server.address().port}`;
  /** Bytes of the connections, headers included. */
  sink.socketBytes = () => [...sink.sockets].reduce((sum, { bytesRead }) => sum + bytesRead, sink.ended);
  sink.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return sink;
}
