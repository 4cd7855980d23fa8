/** Small pictures on buttons. They say nothing by themselves: a button has a name as well. */

const shapes = {
  play: 'M4 2.5v11l9.5-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  swap: 'M5 1.5 1.5 5 5 8.5V6h8V4H5zM11 7.5V10H3v2h8v2.5L14.5 11z',
  details: 'M2 2h12v12H2zM3.5 3.5v9h5v-9zM10 5h2.5v1.2H10zm0 2.4h2.5v1.2H10zm0 2.4h2.5V11H10z',
  spectrogram: 'M2 9h1.8v5H2zm3.4-4h1.8v9H5.4zm3.4 2.5h1.8V14H8.8zM12.2 2H14v12h-1.8z',
  compare: 'M2 3h5v10H2zm7 0h5v10H9zM3.5 4.5v7h2v-7z',
  volume: 'M2 5.5h2.5L8 2.5v11l-3.5-3H2zM9.7 5.2a4 4 0 0 1 0 5.6M11.3 3.6a6.2 6.2 0 0 1 0 8.8',
  file: 'M3.5 1.5h6l3 3v10h-9zM9 2.5V5h2.5zM5.5 8h5v1.2h-5zm0 2.4h5v1.2h-5z',
  light:
    'M8 4.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4zM7.3 1h1.4v2.2H7.3zm0 11.8h1.4V15H7.3zM1 7.3h2.2v1.4H1zm11.8 0H15v1.4h-2.2zM2.6 3.6l1-1 1.5 1.6-.9.9zm8.3 8.3 1-1 1.5 1.6-1 .9zm1.5-9.3 1 1-1.5 1.5-1-1zm-8.3 8.3 1 1-1.5 1.5-1-1z',
  dark: 'M6.2 1.8a6.4 6.4 0 1 0 8 8 5.2 5.2 0 0 1-8-8z',
  auto: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 3a5 5 0 0 1 0 10z',
  close:
    'm3.8 2.7 4.2 4.2 4.2-4.2 1.1 1.1L9.1 8l4.2 4.2-1.1 1.1L8 9.1l-4.2 4.2-1.1-1.1L6.9 8 2.7 3.8z',
  star: 'm8 1.5 2 4.3 4.6.500-3.5 3.2 1 4.6L8 11.8l-4.1 2.3 1-4.6L1.4 6.3 6 5.8z',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} fill-rule="evenodd" />
    </svg>
  );
}
