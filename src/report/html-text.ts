/** Text in HTML: nothing of a log becomes markup. */
import { visible } from './show';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For content and for attributes in quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one]!);
}

/** A name that somebody else chose: isolated, so that its direction ends with it, and what it hides marked. */
export function nameHtml(name: string, shownAs = visible): string {
  const shown = escaped(shownAs(name)).replaceAll(/\[U\+[0-9A-F]{4,6}\]/g, '<mark>$&</mark>');
  return `<bdi>${shown}</bdi>`;
}
