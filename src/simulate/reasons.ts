/** What the reason codes of decisions mean, for people. A rule may bring a code of its own. */

/** Said after the name of the guard: `tool_allowlist: no allow rule …`. */
const REASONS: Readonly<Record<string, string>> = {
  allowed: 'nothing against it',
  alternate_stream: 'a path names a stream of a file',
  ambiguous_url: 'programs read this URL in different ways',
  audit_not_writable: 'no audit line can be written',
  budget_spent: 'the budget has not enough left for it',
  burst_full: 'too many calls in the short window',
  circuit_open: 'the server failed too often in a row',
  definition_changed: 'the tool’s definition is not the one in the lock file',
  definition_new: 'the lock file does not know the tool',
  definition_unseen: 'no list has shown the tool in this process',
  denied_by_rule: 'a deny rule fits',
  denied_path: 'a path is one of `paths.deny`',
  device_name: 'a path holds the name of a device',
  escapes_root: 'a path leads out of the root',
  extension_denied: 'a file has an extension that is not allowed',
  filesystem_disabled: 'file system servers are denied unless `filesystem.enabled` says otherwise',
  guard_failed: 'the guard itself failed',
  hidden_characters: 'a text holds invisible or bidirectional characters',
  host_not_in_allowlist: 'a URL leads to a host that is not in `urls.allow`',
  network_share: 'a path leads to another machine',
  not_in_allowlist: 'there are allow rules for this server, and none fits',
  not_in_context: 'the agent’s code narrows its tools to others (`allowTools`)',
  null_byte: 'a path holds a zero byte',
  other_drive: 'a path leads to another drive',
  other_tenant: 'the connection belongs to another tenant',
  other_user: 'the connection belongs to another user',
  own_file: 'a path leads to a file that this package lives by',
  pattern_matched: 'a text matches a pattern that it may not',
  private_address: 'a URL leads to a private or reserved address',
  read_only: 'the server is read-only, and the tool is not known to read only',
  required_by_rule: 'a rule requires somebody else to make such calls',
  scan_limit: 'there is more text than is looked at',
  scheme_denied: 'a URL has a scheme that is not in `urls.schemes`',
  server_denied: 'the policy denies the server',
  symlink_escapes_root: 'a link on the way leads out of the root',
  too_deep: 'the arguments are nested too deep',
  too_many_bytes: 'the arguments are too large',
  too_many_keys: 'the arguments have too many keys or elements',
  unreadable_url: 'a URL cannot be read',
  user_missing: 'a user id is required, and there is none',
  window_full: 'too many calls in the window',
};

/** `undefined` for a code that a rule brings. */
export function reasonText(reason: string): string | undefined {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
}
