/** What the scripts ask for the labels of an axis. It is not for people: `--help` does not show it. */
export const labelsCommand = 'complete-labels';
