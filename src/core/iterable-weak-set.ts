/** A set that does not keep its members alive and can still be walked. */
export class IterableWeakSet<Member extends object> {
  private readonly refOf = new WeakMap<Member, WeakRef<Member>>();
  private readonly refs = new Set<WeakRef<Member>>();
  private readonly collected = new FinalizationRegistry<WeakRef<Member>>((ref) => this.refs.delete(ref));

  has(member: Member): boolean {
    return this.refOf.has(member);
  }

  add(member: Member): void {
    if (this.has(member)) return;
    const ref = new WeakRef(member);
    this.refOf.set(member, ref);
    this.refs.add(ref);
    this.collected.register(member, ref, ref);
  }

  /** @returns whether it was a member */
  delete(member: Member): boolean {
    const ref = this.refOf.get(member);
    if (ref === undefined) return false;
    this.refOf.delete(member);
    this.refs.delete(ref);
    this.collected.unregister(ref);
    return true;
  }

  *[Symbol.iterator](): Generator<Member> {
    for (const ref of this.refs) {
      const member = ref.deref();
      if (member !== undefined) yield member;
    }
  }
}
