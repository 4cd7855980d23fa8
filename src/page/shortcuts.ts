/** Which keys are meant for the page, and which for the control that has the focus. */

/** Keys that move within a slider or a group of radios; a box is switched by the space bar. */
const ofSliders = /^(Arrow.*|Home|End|PageUp|PageDown)$/;

/** Whether a key that was pressed is free to be a shortcut. */
export function isShortcut(event: KeyboardEvent): boolean {
  const { key, target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event;
  if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented) return false;
  if (document.querySelector('dialog[open]')) return false;
  if (!(target instanceof HTMLElement)) return true;
  if (takesText(target)) return false;
  if (target.matches('button, a[href], summary')) return key !== ' ' && key !== 'Enter';
  if (target.matches('input') && (key === ' ' || key === 'Enter')) return false;
  return !(target.matches('input, [role=slider]') && ofSliders.test(key));
}

function takesText(target: HTMLElement): boolean {
  if (target.matches('textarea, select') || target.isContentEditable) return true;
  return target instanceof HTMLInputElement && !/^(range|radio|checkbox|button|file)$/.test(target.type); // prettier-ignore
}
