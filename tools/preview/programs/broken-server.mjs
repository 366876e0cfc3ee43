/** A server that ends before it says anything: connecting to it fails. */
process.exit(3);
