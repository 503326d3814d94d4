import { wordSet } from './word-list.js';

/** Frequent words of languages written in Latin letters; those that English has too are left out. */
export const otherLanguages: Readonly<Record<string, ReadonlySet<string>>> = {
  de: wordSet(
    'der das ist und wie wer wo warum wann welche welcher welches ich nicht ein eine einen einem einer mit von zu zum zur auf',
    'für fur den dem des sich auch nach bei aus wird werden kann kannst können konnen muss soll mein meine dein deine wir ihr',
    'sind haben habe gibt mir mich über uber wieviel viel oder aber noch nur sehr mehr bitte kein keine im vom es',
  ),
  fr: wordSet(
    'le les un une des est et que qui quoi quel quelle quels quelles où comment pourquoi quand combien je tu il elle nous vous',
    'ils dans pour par avec sur pas ne ce cette ces mon ma mes son sa ses du au aux faire fait peut peux sont suis avoir être',
    'etre puis plus sans mais ou donc car sont faut quelle la',
  ),
  es: wordSet(
    'el la los las un una unos es son y que qué quien quién cual cuál como cómo cuando cuándo donde dónde porque cuanto cuánto',
    'cuánta cuantos cuántos del al por para con mi mis tu tus su sus se lo yo puedo puede hacer hago está esta estoy tengo hay',
    'muy pero sin sobre más mas ser',
  ),
  it: wordSet(
    'il lo gli la le uno una è e che chi cosa come quando dove perché perche quanto quanti quale quali di del della dei delle',
    'nel nella con per mio mia sono sei ho hai posso puoi fare si ci più piu molto non questo questa al alla',
  ),
  pt: wordSet(
    'o os um uma uns é e que quem qual quais como quando onde porque quanto quantos quantas de da dos das na nos nas com',
    'por para meu minha seu sua eu você voce ele ela posso pode fazer faço está estou tenho há não nao mais muito são sao',
  ),
  nl: wordSet(
    'de het een en wat wie waar waarom wanneer welke hoe ik jij je hij zij wij van met voor op aan bij naar uit dat dit deze die',
    'niet geen kan kun moet mijn jouw zijn heb heeft wordt worden ook maar veel meer er',
  ),
  pl: wordSet(
    'jest i w z na do nie co kto gdzie kiedy dlaczego jak jaki jaka jakie ile czy się sie mój moja mam mogę moge są dla',
  ),
  sv: wordSet(
    'är och att det som en ett hur vad vem var när varför vilken jag du han hon vi inte med för på av till kan har min',
  ),
  tr: wordSet(
    'bir ve bu ne nasıl nasil nerede kim neden niçin kaç ile için icin var mı mi mu ben sen nedir değil olarak hangi',
  ),
  id: wordSet(
    'yang dan di ke dari apa siapa dimana mana kapan mengapa kenapa bagaimana berapa saya kamu untuk dengan tidak ini itu adalah',
  ),
};

/** Words that only English has, among these languages. */
export const englishWords = wordSet(
  'the of and to is are was what how why when where which who does did do can could should would will my your his their our',
  'this that these those with for from about between into than then have has had been be being you they it its not',
  'there if by at or an any some get make need want please explain write give tell me show list find create change best',
  'difference example way much many long often good better mean meaning work works help use using i we them her him us as',
  'convert translate compare calculate define describe summarize fix install remove delete add set build run check build',
);
