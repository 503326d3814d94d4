const irregular: Readonly<Record<string, string>> = {
  went: 'go',
  gone: 'go',
  goes: 'go',
  bought: 'buy',
  sold: 'sell',
  made: 'make',
  ran: 'run',
  wrote: 'write',
  written: 'write',
  children: 'child',
  men: 'man',
  women: 'woman',
  people: 'person',
  mice: 'mouse',
  feet: 'foot',
  teeth: 'tooth',
  geese: 'goose',
  found: 'find',
  lost: 'lose',
  won: 'win',
  sent: 'send',
  built: 'build',
  paid: 'pay',
  taught: 'teach',
  thought: 'think',
  broke: 'break',
  broken: 'break',
  froze: 'freeze',
  frozen: 'freeze',
  forgot: 'forget',
  forgotten: 'forget',
  began: 'begin',
  begun: 'begin',
  took: 'take',
  taken: 'take',
  gave: 'give',
  given: 'give',
  got: 'get',
  gotten: 'get',
  ate: 'eat',
  eaten: 'eat',
  drank: 'drink',
  drunk: 'drink',
  died: 'die',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  left: 'left',
  better: 'good',
  best: 'good',
  worse: 'bad',
  worst: 'bad',
  said: 'say',
  told: 'tell',
  kept: 'keep',
  slept: 'sleep',
  met: 'meet',
  led: 'lead',
  held: 'hold',
  spoke: 'speak',
  spoken: 'speak',
  stole: 'steal',
  stolen: 'steal',
  flew: 'fly',
  grew: 'grow',
  grown: 'grow',
  knew: 'know',
  known: 'know',
  drove: 'drive',
  driven: 'drive',
  chose: 'choose',
  chosen: 'choose',
  lives: 'live',
  knives: 'knife',
  leaves: 'leaf',
  wives: 'wife',
  analyses: 'analysis',
  indices: 'index',
  vertices: 'vertex',
  data: 'data',
  species: 'species',
  series: 'series',
  news: 'news',
  this: 'this',
  gas: 'gas',
  bus: 'bus',
  lens: 'lens',
  fewer: 'few',
  larger: 'large',
  largest: 'large',
  bigger: 'big',
  biggest: 'big',
  taller: 'tall',
  tallest: 'tall',
  higher: 'high',
  highest: 'high',
  deeper: 'deep',
  deepest: 'deep',
  faster: 'fast',
  fastest: 'fast',
  cheaper: 'cheap',
  cheapest: 'cheap',
  longer: 'long',
  longest: 'long',
  shorter: 'short',
  subscription: 'subscribe',
  unsubscription: 'unsubscribe',
  pricing: 'price',
  paying: 'pay',
  during: 'during',
  became: 'become',
  harder: 'hard',
  hardest: 'hard',
  tougher: 'tough',
  toughest: 'tough',
  stronger: 'strong',
  strongest: 'strong',
  weirdest: 'weird',
  oddest: 'odd',
  smarter: 'smart',
  smartest: 'smart',
  richer: 'rich',
  richest: 'rich',
  safer: 'safe',
  safest: 'safe',
  nearest: 'near',
  closer: 'close',
  closest: 'close',
  simpler: 'simple',
  simplest: 'simple',
  easier: 'easy',
  easiest: 'easy',
  quicker: 'quick',
  quickest: 'quick',
  craziest: 'crazy',
  strangest: 'strange',
};

const short = /^(?:.{1,3})$/u;

/** The form under which the inflections of a word meet; only ever compared with other stems. */
export function stem(word: string): string {
  const known = Object.hasOwn(irregular, word) ? irregular[word] : undefined;
  if (known !== undefined) return withoutFinalE(known);
  if (short.test(word) || !/^[a-z]+$/u.test(word)) return word;
  return withoutFinalE(withoutVerbEnding(withoutPlural(word)));
}

function withoutPlural(word: string): string {
  if (/ies$/u.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (/(?:ss|sh|ch|x|zz)es$/u.test(word)) return word.slice(0, -2);
  return /[^su]s$/u.test(word) && !/[aeiou]is$/u.test(word) && !/is$/u.test(word) ? word.slice(0, -1) : word;
}

function withoutVerbEnding(word: string): string {
  for (const ending of ['ation', 'ion', 'ment', 'ness', 'ing', 'ed', 'ly']) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length);
    const enough =
      ending === 'ing' || ending === 'ed' ? /[aeiouy].*[a-z]/u.test(rest) && rest.length >= 3 : rest.length >= 4;
    if (!enough) continue;
    if (/([bdfgmnprt])\1$/u.test(rest)) return rest.slice(0, -1);
    return rest.endsWith('i') && ending !== 'ing' ? `${rest.slice(0, -1)}y` : rest;
  }
  return word;
}

function withoutFinalE(word: string): string {
  const bare = word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word;
  return bare.length > 3 && bare.endsWith('y') ? `${bare.slice(0, -1)}i` : bare;
}
