/** Runs `action` for every item, so many at a time, and gives the results in the order of the items. */
export async function atOnce<Item, Result>(
  limit: number,
  items: readonly Item[],
  action: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await action(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
