'use strict';
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { McpModule, Resolver, Tool } = require('@nestjs-mcp/server');
const { z } = require('zod');

class NotesResolver {
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
    NotesResolver.prototype,
    method,
    Object.getOwnPropertyDescriptor(NotesResolver.prototype, method),
  );
decorate('echo', Tool({ name: 'echo', description: 'Says it again', paramsSchema: { text: z.string() } }));
decorate('fail', Tool({ name: 'fail', description: 'Never works' }));
Resolver()(NotesResolver);

// oxlint-disable-next-line typescript/no-extraneous-class -- what a module of Nest is
class AppModule {}
Module({
  imports: [McpModule.forRoot({ name: 'notes', version: '1.0.0', logging: { enabled: false } })],
  providers: [NotesResolver],
})(AppModule);

async function main() {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  console.log(`http://127.0.0.1:${app.getHttpServer().address().port}/mcp`);
  process.once('SIGTERM', () => app.close());
}
void main();
