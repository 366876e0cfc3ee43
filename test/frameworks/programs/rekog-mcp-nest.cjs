'use strict';
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { Payload } = require('@nestjs/microservices');
const {
  McpController,
  McpStrategy,
  StdioTransport,
  StreamableHttpTransport,
  Tool,
} = require('@rekog/mcp-nest');
const { z } = require('zod');

class NotesController {
  echo({ text }) {
    return { content: [{ type: 'text', text }] };
  }
  fail() {
    throw new Error('it failed');
  }
}
// What TypeScript makes of decorators.
const decorate = (method, decorator) =>
  decorator(
    NotesController.prototype,
    method,
    Object.getOwnPropertyDescriptor(NotesController.prototype, method),
  );
decorate(
  'echo',
  Tool({ name: 'echo', description: 'Says it again', parameters: z.object({ text: z.string() }) }),
);
decorate('fail', Tool({ name: 'fail', description: 'Never works', parameters: z.object({}) }));
Payload()(NotesController.prototype, 'echo', 0);
McpController()(NotesController);

const overStdio = process.argv[2] === 'stdio';
const mcp = new McpStrategy({
  name: 'notes',
  version: '1.0.0',
  transports: [overStdio ? new StdioTransport() : new StreamableHttpTransport()],
});

// oxlint-disable-next-line typescript/no-extraneous-class -- what a module of Nest is
class AppModule {}
Module({ controllers: [NotesController] })(AppModule);

async function main() {
  if (overStdio) {
    const service = await NestFactory.createMicroservice(AppModule, { strategy: mcp, logger: false });
    return service.listen();
  }
  const app = await NestFactory.create(AppModule, { logger: false });
  mcp.setHttpAdapter(app.getHttpAdapter());
  app.connectMicroservice({ strategy: mcp });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  console.log(`http://127.0.0.1:${app.getHttpServer().address().port}/mcp`);
  process.once('SIGTERM', () => app.close());
}
void main();
