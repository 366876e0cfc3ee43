'use strict';
const { FastMCP, UserError } = require('fastmcp');
const { z } = require('zod');
const { run } = require('./lib/fastmcp.cjs');

run(FastMCP, UserError, z);
