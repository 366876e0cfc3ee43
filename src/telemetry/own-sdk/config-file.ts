/**
 * OTEL_CONFIG_FILE: sdk-node makes the whole SDK from the file, exporters included. They run in the agent's own thread then:
 * no export thread, so nothing is delivered after `process.exit()` or a signal, and a collector that hangs can hold a
 * process up at its natural end for as long as an export's timeout.
 */
import { readFileSync } from 'node:fs';
import { say, warnOnce } from '../../core/diagnostics';
import { startApart } from './api-slots';
import type { SdkPackages } from './packages';
import type { OwnSdk, OwnSdkOptions } from './own-sdk';

const FLUSH_MS = 1000;

export function startFromFile(packages: SdkPackages, options: OwnSdkOptions): OwnSdk | undefined {
  if (asksForConsole(process.env['OTEL_CONFIG_FILE']!)) {
    say(
      'no telemetry: OTEL_CONFIG_FILE asks for a console exporter, which writes to stdout, and stdout can be a protocol channel',
    );
    return undefined;
  }
  const start = packages.sdkNode.startNodeSdk ?? packages.sdkNode.startNodeSDK;
  if (start === undefined) {
    warnOnce(
      'sdk-node',
      'no telemetry: this @opentelemetry/sdk-node does not read OTEL_CONFIG_FILE; update it',
    );
    return undefined;
  }
  const parts = startApart(packages, options.mode, () => start({ instrumentations: [] }));
  const forceFlush = async (): Promise<void> => {
    const providers = [parts.tracerProvider, parts.meterProvider, parts.loggerProvider];
    await Promise.allSettled(
      providers.map(async (provider: Flushable | undefined) => provider?.forceFlush?.()),
    );
  };
  let flushed = false;
  process.on('beforeExit', () => {
    if (flushed) return;
    flushed = true;
    const limit = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    void Promise.race([forceFlush(), limit]);
  });
  return { ...parts, forceFlush };
}

interface Flushable {
  forceFlush?(): Promise<void>;
}

function asksForConsole(file: string): boolean {
  try {
    return /^\s*(-\s*)*["']?console["']?\s*:/m.test(readFileSync(file, 'utf8'));
  } catch {
    return false; // sdk-node says what is wrong with the file.
  }
}
