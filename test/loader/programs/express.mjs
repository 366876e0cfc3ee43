// A CommonJS package with a large require graph, reached by `import`: what unsafe Node releases fail on.
import express from 'express';

console.log(typeof express().listen);
