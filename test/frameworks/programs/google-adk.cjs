'use strict';
const adk = require('@google/adk');
const { run } = require('./lib/google-adk.cjs');

run(adk);
