import { FastMCP, UserError } from 'fastmcp';
import { z } from 'zod';
import { run } from './lib/fastmcp.cjs';

run(FastMCP, UserError, z);
