/** The resource of the private SDK: what sdk-node detects by default, without the command line. */
import { warnOnce } from '../../core/diagnostics';
import { valueOf, type Environment } from './configuration';
import type { SdkPackages } from './packages';
import type { ResourceLike } from './wire';

interface Detected {
  attributes?: Record<string, unknown>;
}

interface Detector {
  detect(config?: unknown): Detected;
}

interface Resource extends ResourceLike {
  merge(other: Resource): Resource;
}

interface ResourcesModule {
  readonly envDetector: Detector;
  readonly hostDetector: Detector;
  readonly osDetector: Detector;
  readonly processDetector: Detector;
  readonly serviceInstanceIdDetector: Detector;
  defaultResource(): Resource;
  detectResources(config: { detectors: Detector[] }): Resource;
}

/**
 * `OTEL_NODE_RESOURCE_DETECTORS` chooses, with sdk-node's names. Unset: those that sdk-node 3.x takes by default, for both
 * lines, since without `service.instance.id` the metrics of two agents with one service name overwrite each other.
 */
export function detectResource(packages: SdkPackages, environment: Environment): ResourceLike {
  const resources = packages.load('@opentelemetry/resources') as ResourcesModule;
  const detectors = chosenDetectors(resources, environment);
  return resources.defaultResource().merge(resources.detectResources({ detectors }));
}

function chosenDetectors(resources: ResourcesModule, environment: Environment): Detector[] {
  const { serviceInstanceIdDetector, processDetector, hostDetector, osDetector, envDetector } = resources;
  const chosen = valueOf(environment, 'OTEL_NODE_RESOURCE_DETECTORS');
  // The last one wins, so what the user writes in OTEL_RESOURCE_ATTRIBUTES holds.
  const names = chosen?.split(',').map((name) => name.trim());
  if (names === undefined) {
    return [
      serviceInstanceIdDetector,
      withoutCommandLine(processDetector),
      hostDetector,
      osDetector,
      envDetector,
    ];
  }
  if (names.includes('all'))
    return [serviceInstanceIdDetector, processDetector, hostDetector, osDetector, envDetector];
  if (names.includes('none')) return [];
  const known: Record<string, Detector | undefined> = {
    env: envDetector,
    host: hostDetector,
    os: osDetector,
    process: processDetector,
    serviceinstance: serviceInstanceIdDetector,
  };
  return names.flatMap((name) => {
    const detector = known[name];
    if (detector !== undefined) return [detector];
    warnOnce(
      'environment:OTEL_NODE_RESOURCE_DETECTORS',
      'OTEL_NODE_RESOURCE_DETECTORS names an unknown detector, which is ignored',
    );
    return [];
  });
}

/** Arguments of an agent or of the programs it starts can hold tokens and paths. */
function withoutCommandLine(detector: Detector): Detector {
  return {
    detect(config) {
      const { attributes, ...rest } = detector.detect(config);
      const kept = Object.entries(attributes ?? {}).filter(
        ([name]) => !/^process\.command(_args|_line)$/.test(name),
      );
      return { ...rest, attributes: Object.fromEntries(kept) };
    },
  };
}
