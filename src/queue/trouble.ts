/** Says the same thing once a minute: what fails is tried again each second. */
const minute = 60_000;

export function seldom(
  tell: (message: string) => void,
  now: () => number = () => performance.now(),
): (message: string) => void {
  const told = new Map<string, number>();
  return (message) => {
    const at = now();
    for (const [earlier, when] of told) if (at - when >= minute) told.delete(earlier);
    if (told.has(message)) return;
    told.set(message, at);
    tell(message);
  };
}
