/** A map that does not keep its keys alive and can still be walked. */
export class IterableWeakMap<Key extends object, Value> {
  private readonly entries = new WeakMap<Key, { value: Value; ref: WeakRef<Key> }>();
  private readonly refs = new Set<WeakRef<Key>>();
  private readonly collected = new FinalizationRegistry<WeakRef<Key>>((ref) => this.refs.delete(ref));

  get(key: Key): Value | undefined {
    return this.entries.get(key)?.value;
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    const ref = new WeakRef(key);
    this.entries.set(key, { value, ref });
    this.refs.add(ref);
    this.collected.register(key, ref, ref);
  }

  delete(key: Key): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.refs.delete(entry.ref);
    this.collected.unregister(entry.ref);
  }

  *keys(): Generator<Key> {
    for (const ref of this.refs) {
      const key = ref.deref();
      if (key !== undefined) yield key;
    }
  }
}
