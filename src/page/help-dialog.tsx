/** What the keys do: shown by `?`. */
import { useSignalEffect, type Signal } from '@preact/signals';
import { Fragment } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

const groups: readonly { readonly title: string; readonly keys: readonly Shortcut[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      [['Space'], 'play or pause'],
      [[',', '.'], '5 seconds back or on'],
      [['m'], 'play all songs equally loud, or as they are'],
      [['g'], 'show the spectrogram'],
      [['1', '…', '5'], 'give stars; 0 takes them back'],
      [['x'], 'mark the song to compare it; a second x compares both'],
      [['Esc'], 'forget the mark, or close the details'],
      [['?'], 'this help'],
    ],
  },
  {
    title: 'In the matrix',
    keys: [
      [['←', '↑', '→', '↓'], 'go to the next song'],
      [['Home', 'End'], 'first or last of the row; with Ctrl of the matrix'],
      [['PgUp', 'PgDn'], 'a window up or down'],
      [['Space'], 'play the song from where the last one is, or pause'],
      [['Enter'], 'play it from its start'],
      [['i'], 'details: lyrics, tags, parameters, measures'],
    ],
  },
  {
    title: 'In a comparison',
    keys: [
      [['a', 'b', 'x'], 'listen to A, to B, to X; ← and → are A and B as well'],
      [['Space'], 'play or pause'],
      [['1', '2'], 'A is better, B is better; X is A, X is B'],
      [['3', '='], 'equal'],
      [['s'], 'skip the pair'],
      [['u'], 'take the last choice back'],
      [['r'], 'show after each choice which was which'],
    ],
  },
];

type Shortcut = readonly [keys: readonly string[], does: string];

export function HelpDialog({ isOpen }: { readonly isOpen: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useSignalEffect(() => {
    if (isOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  const close = () => {
    isOpen.value = false;
  };
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={close}>
      <div class="dialog-header">
        <h2 id="help-title">Keys</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {groups.map(({ title, keys }) => (
        <Fragment key={title}>
          <h3 class="help-group">{title}</h3>
          <dl class="help-keys">
            {keys.map(([names, does]) => (
              <Fragment key={does}>
                <dt>
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </Fragment>
            ))}
          </dl>
        </Fragment>
      ))}
    </dialog>
  );
}
