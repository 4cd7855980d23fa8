/**
 * The model's 135 genre tags, by the family in which they are played. Two tags of one family still
 * differ: each has a pace and a feel of its own, drawn from its name.
 */
import { families, type Family, type FamilyName } from './family.ts';

const tags: Readonly<Record<FamilyName, string>> = {
  pop: 'Pop|Indie Pop|K-pop|Eurovision|Girl group|Italian pop|instrumental pop|experimental pop|80s|popfolk|Espanol|Crossover Country',
  rock: 'rock|indie-rock|classic rock|indie rock|alternative rock|progressive rock|hard rock|grunge|rock nacional|indie|pop rock|poprock|goth rock|glam rock|instrumental rock|J-rock|shoegaze|post-rock|Guitar|country rock',
  punk: 'punk|hardcore|post-hardcore|pop punk|emo|screamo|noise rock|rockabilly',
  metal:
    'Death Metal|Thrash Metal|Metalcore|grindcore|Deathcore|Black metal|Power metal|Metal|Melodic Death Metal|Goregrind|Heavy metal|Symphonic metal|industrial|noise',
  ballad: 'Chanson|Bolero|singer-songwriter',
  folk: 'Folk|indie folk|Celtic|ethno|international|World',
  country: 'country|Americana|Bluegrass',
  house: 'electronic|Dance|House|Electro|techno|eurodance|Dubstep|Dance pop',
  synthpop: 'Electro pop|new wave|Electro-pop|Synthpop',
  hiphop: 'rap|hiphop|hip-hop|Hip Hop|beats|experimental hip-hop',
  trap: 'Trap|grime',
  soul: 'R&B|Soul|Soul-R&B|rnb|Gospel',
  jazz: 'jazz|big band|improvisation',
  blues: 'blues',
  reggae: 'Reggae|Dancehall',
  ska: 'Ska',
  latin: 'Latin|Reggaeton|latin pop|Salsa|tejano|Regional Mexican',
  bossa: 'MPB|Bossa Nova|bossanova|Samba|Lounge',
  classical: 'Classical|opera|operatic|Choral|orchestral|avant-garde|instrumental',
  cinematic: 'soundtrack|Epic',
  ambient: 'ambient|New Age|ambient electronic|experimental',
  chillout: 'Chillout|downtempo|Easy listening|easylistening|Glitch',
  funk: 'Funk',
  disco: 'Disco',
  chip: '8-bit',
  eastern: 'Indian|Chinese|African|Oriental|Middle Eastern',
};

const byTag: ReadonlyMap<string, Family> = new Map(
  (Object.keys(tags) as FamilyName[]).flatMap((name) =>
    tags[name].split('|').map((tag): [string, Family] => [tag, families[name]]),
  ),
);

/** The family of a genre tag; undefined for one that the model does not have. */
export function familyOf(tag: string): Family | undefined {
  return byTag.get(tag);
}
