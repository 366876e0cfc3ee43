import { MCPConfiguration } from '@voltagent/core';
import { run } from './lib/voltagent-core.cjs';

await run(MCPConfiguration);
