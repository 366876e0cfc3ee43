/** What the name of a file system server's tool says about what it does. */

/** What a tool that only reads begins with; of the reference server: read, list, directory tree, search, get. */
const READING = new Set(
  'cat check count describe diff directory exists find get glob grep hash head info list ls read search show stat tail tree view'.split(
    ' ',
  ),
);

const WRITING = new Set(
  'add append apply chmod chown clear copy cp create delete edit execute extract insert link make mkdir modify move mv overwrite patch put remove rename replace restore rm run save set sync touch truncate unlink unzip update upload write zip'.split(
    ' ',
  ),
);

/** Whether a tool is not known to read only. The hints that its server gives about it are the server's word alone. */
export function mayWrite(tool: string): boolean {
  const words = tool
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return !READING.has(words[0] ?? '') || words.some((word) => WRITING.has(word));
}
