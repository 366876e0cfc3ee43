/**
 * Which files are the MCP SDK's own: decided by URL or path alone, because this runs for every module of the agent.
 */

/** In every path of the SDK, whatever the package manager, the operating system or the URL encoding of `@`. */
const SCOPE = 'modelcontextprotocol';

/** A property that only the SDK's `Protocol` class has, in every version: a file with it may be a bundle of the SDK. */
export const SDK_MARKER = '_requestHandlerAbortControllers';

/** In the names of properties of both: a file without it is a bundle of neither. */
export const SHARED_MARKER = 'requestMessageId';

/** What only the AI SDK's own client says, in every version: a file with it may be a bundle of that client. */
export const AI_SDK_MARKER = 'Attempted to send a request from a closed client';

/** Where the AI SDK's own client is: `@ai-sdk/mcp` 1.x and 2.x, `ai` 4 and 5.0 (later versions of `ai` have none). */
const AI_SDK_FILE = /(?:(?:@|%40)ai-sdk[\\/]mcp|node_modules[\\/]ai)[\\/]dist[\\/]index\.m?js(?:[?#].*)?$/i;

/**
 * The files that define or re-export `Protocol`, `Client` and `Server` under their own names: SDK 1.x (ES modules only in
 * 1.0 and 1.1, both formats from 1.2 on) and the entry points of SDK 2.x, whose other files have hashed names.
 */
const SDK_FILE =
  /(?:@|%40)modelcontextprotocol[\\/](?:sdk[\\/]dist[\\/](?:esm[\\/]|cjs[\\/])?(?:client[\\/]index|server[\\/]index|shared[\\/]protocol)\.js|(?:client|server)[\\/]dist[\\/]index\.(?:mjs|cjs|js))(?:[?#].*)?$/i;

/** Any file of those packages: the entry points cover what the others define, so none of them is a bundle to search. */
const SDK_PACKAGE = /(?:@|%40)modelcontextprotocol[\\/](?:sdk|client|server)[\\/]dist[\\/]/i;

/**
 * @param location - `file:` URL (encoded, with or without query and hash) or path (either kind of slash)
 * @returns whether the file hands over the SDK's classes
 */
export function isSdkFile(location: string): boolean {
  return location.includes(SCOPE) && SDK_FILE.test(location);
}

/** Whether a file belongs to a package of {@link isSdkFile}, so that searching its text is not needed. */
export function isInSdkPackage(location: string): boolean {
  return location.includes(SCOPE) && SDK_PACKAGE.test(location);
}

/** Whether a file may define the AI SDK's own client under its own name. */
export function isAiSdkFile(location: string): boolean {
  return location.includes('ai') && AI_SDK_FILE.test(location);
}
