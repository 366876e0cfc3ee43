/** A transport that answers every request itself, at once: for many calls in little time. */
'use strict';

class AnsweringTransport {
  async start() {}

  async close() {
    this.onclose?.();
  }

  async send(message) {
    if (message.id === undefined || message.method === undefined) return;
    const result =
      message.method === 'initialize'
        ? {
            protocolVersion: message.params.protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: 'answering', version: '1.0.0' },
          }
        : { content: [], isError: message.params.arguments?.fail === true };
    queueMicrotask(() => this.onmessage?.({ jsonrpc: '2.0', id: message.id, result }));
  }
}

module.exports = { AnsweringTransport };
