/** What is worked out and shown when somebody opens it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

export interface OnDemandProps {
  readonly summary: string;
  readonly children: () => ComponentChildren;
}

export function OnDemand({ summary, children }: OnDemandProps) {
  const isOpen = useSignal(false);
  return (
    <details
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>{summary}</summary>
      {isOpen.value && children()}
    </details>
  );
}
