'use strict';
const { mcpToTool } = require('@google/genai');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { run } = require('./lib/google-genai.cjs');

run(mcpToTool, Client, StdioClientTransport);
