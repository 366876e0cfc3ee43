// Prints where in the SDK a call fails that was made without a connection.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';

try {
  await new Client({ name: 'agent', version: '1.0.0' }).listTools();
} catch (error) {
  console.log(error.stack);
}
