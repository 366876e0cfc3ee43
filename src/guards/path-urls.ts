/** Paths that are written as URLs, and URLs that stand where a path could. */
import { readingsOf } from './path-escape';

/**
 * What to judge as paths. A `file:` URL is the path in it, as the URL standard reads it and as one reads it who cuts its
 * front off. URLs of other schemes are the URL guard's and no paths, unless they go up: to a program that takes one for a
 * path, `x://../../etc` leads out of its folder.
 */
export function pathsOf(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    if (/^\s*file:/i.test(value)) return pathsOfFileUrl(value);
    return isOtherUrl(value) ? [] : [value];
  });
}

function isOtherUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) && !readingsOf(value).some(goesUp);
}

function goesUp(path: string): boolean {
  return path.includes('..') && path.split(/[\\/]/).some((name) => /^\s*\.\.[.\s]*$/.test(name));
}

function pathsOfFileUrl(text: string): string[] {
  const rest = text.replace(/^\s*file:(?:\/\/(?:localhost(?=\/))?)?/i, '');
  const url = parsed(text);
  if (url === undefined) return [withoutDrivesSlash(rest)];
  // A host is a share.
  if (url.host !== '') return [`//${url.host}${url.pathname}`];
  return [withoutDrivesSlash(url.pathname), withoutDrivesSlash(rest)];
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** `/C:/data` is how a URL writes `C:/data`. */
function withoutDrivesSlash(path: string): string {
  return path.replace(/^\/(?=[a-z](?::|%3a)(?:[\\/]|$))/i, '');
}
