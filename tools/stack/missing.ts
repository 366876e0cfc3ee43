/** Why a program cannot be had here, and what to do about it. */
export class Missing extends Error {
  override readonly name = 'Missing';
}
