import type { XmcpConfig } from 'xmcp';

const config: XmcpConfig = {
  stdio: true,
  http: true,
  paths: { prompts: false, resources: false },
};

export default config;
