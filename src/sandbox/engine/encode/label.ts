/**
 * What every file says about itself, in whatever way its format says it.
 */
export interface Label {
  readonly title: string;
  readonly comment: string;
  readonly software: string;
}

export function labelFor(title: string): Label {
  return {
    title,
    comment: "made by songbatch's sandbox engine, not by YuE",
    software: 'songbatch sandbox',
  };
}
