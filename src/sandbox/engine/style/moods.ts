/**
 * The model's 134 mood tags, by how bright (-1 sad to 1 happy) and how lively (-1 calm to 1 wild)
 * they are: the two axes of Russell's circumplex (1980).
 */
export interface Mood {
  readonly brightness: number;
  readonly energy: number;
}

const groups: readonly (readonly [brightness: number, energy: number, tags: string])[] = [
  [1, 0.7, 'happy|Upbeat|Celebratory|Joyful|Festive|summer|Cheerful|funny|Comedy|christmas|Lively'],
  [0.8, 0.4, 'Uplifting|Inspiring|Hopeful|Positive|Optimistic|motivational|inspirational'],
  [0.8, 0.3, 'Inspiration|empowering|success|enthusiastic|advertising|commercial|communication'],
  [0.7, 0.5, 'Playful|vivacious|child|children|Confident|Bold|Satisfied|Admirative|Vibrant|sassy'],
  [0.3, 0.9, 'Energetic|exciting|fast-paced|Dance|Danceable|Dancy|Dancing|Funky|groovy|powerful'],
  [0.2, 0.7, 'adventure|Adventurous|travel|ambitious|adventure, emotion|Determined|cool|epic'],
  [0.5, -0.4, 'romantic|Love|Romance|Heartfelt|Intimate|Intimacy|Affectionate|beautiful|Elegant'],
  [0.4, -0.3, 'passionate|Sensual|Seductive|Soulful|sentimental|melodic|Asian|saloon|vintage'],
  [0.4, -0.9, 'Calm|relaxing|relaxed|soft|Calming|Soothing|Peaceful|sleepy|Gentle|meditative'],
  [0.3, -0.7, 'easygoing|Chill|Ambient|at sea|Spiritual|Dreamy'],
  [-0.1, -0.4, 'atmospheric|soundscape|film|documentary|Vibraphone|instrumental|thoughtful'],
  [-0.4, -0.4, 'emotional|Nostalgic|introspective|emotion|Reflective|thought-provoking|Emotive'],
  [-0.5, -0.2, 'Dramatic|reminiscent|ballad|Pensive|longing'],
  [-1, -0.6, 'sad|melancholic|Gloomy'],
  [-0.9, 0.2, 'dark|Futuristic|experimental|dissonant|improvisational|electronic|fast_decay'],
  [-0.7, 0.95, 'aggressive|angry|heavy|Violent|hardcore|loud|Furious|rough|Brutal|Gory|intense'],
  [-0.4, 0.8, 'rebellious|Tough|attitude|street|rock|Brawny|hard'],
];

const byTag: ReadonlyMap<string, Mood> = new Map(
  groups.flatMap(([brightness, energy, tags]) =>
    tags.split('|').map((tag): [string, Mood] => [tag, { brightness, energy }]),
  ),
);

/** Undefined for a tag that the model does not have. */
export function moodOf(tag: string): Mood | undefined {
  return byTag.get(tag);
}
