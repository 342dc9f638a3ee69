// Words and their stems as the reference implementation gives them.

/// Words of English with their Porter2 stems, as computed by the Snowball project's own stemmer (snowballstemmer 3.1.1):
/// up to six words of every ending that occurs in a vocabulary of occupations and abstracts.
enum StemmerVectors {
    static let pairs: [(word: String, stem: String)] = text.split(whereSeparator: \.isWhitespace).map { pair in
        let parts = pair.split(separator: "/")
        return (String(parts[0]), String(parts[1]))
    }

    private static let text = """
        abatements/abat abberant/abber abbottsoft/abbottsoft aberrantly/aberr abilities/abil abnormalities/abnorm
        abrasives/abras abruption/abrupt absenteeism/absente abundances/abund abundancies/abund abundantly/abund
        acceptably/accept accessibility/access accordance/accord accordingly/accord accountancy/account
        accountants/account accumulated/accumul accumulative/accumul accurately/accur achievement/achiev
        acquaintances/acquaint additions/addit additives/addit addressable/address adeno/adeno adhesiveness/adhes
        adi/adi adjudicate/adjud adjudicated/adjud adjudicator/adjud adjudicators/adjud adjustments/adjust
        adjuvancy/adjuv administering/administ admissions/admiss admittedly/admit aerodynamics/aerodynam
        aetiologies/aetiolog affinities/affin aforementioned/aforement aggressively/aggress aggressiveness/aggress
        agreeing/agre airworthiness/airworthi alcoholism/alcohol allosterically/alloster alterations/alter
        alternatively/altern alternatives/altern amplifying/amplifi anaesthesiologis/anaesthesiolog analogies/analog
        andersonbell/andersonbel andtolerability/andtoler angeli/ang anhedonic/anhedon antecedents/anteced
        anthropologists/anthropolog antidepressants/antidepress apcvd/apcvd appellate/appel appetizers/appet
        appropriateness/appropri approximately/approxim apyrimidinic/apyrimidin ards/ard arrangements/arrang
        arterialization/arteri arteriography/arteriographi articulators/articul askapatient/askapati assemblies/assembl
        assignments/assign associations/associ astigmatism/astigmat astonishingly/astonish authenticate/authent
        authenticity/authent authorities/author authorizations/author autocatalytic/autocatalyt autodessys/autodessi
        autodialing/autodi autonomously/autonom autosteer/autost autosteering/autost availabilities/avail
        available/avail awareness/awar baccalaureate/baccalaur backings/back bandoleer/bandol bedding/bed
        beginnings/begin behaviorally/behavior belongings/belong bereavement/bereav berry/berri bimetallic/bimetal
        binucleated/binucl bioelectrical/bioelectr bioengineer/bioengin bioengineering/bioengin bioengineers/bioengin
        biomatters/biomatt biopsychologist/biopsycholog birefringence/birefring blebbing/bleb blurring/blur
        boreholes/borehol botanicals/botan bramerhill/bramerhil brilliandeer/brilliand buffed/buf buffing/buf burli/bur
        burred/bur bushings/bush businesses/busi caenorhabditis/caenorhabd calendering/calend came/came
        cancellation/cancel cancellations/cancel cancelled/cancel canned/can capabilities/capabl capacitance/capacit
        capitalization/capit capitalize/capit capitalizes/capit carbonate/carbon cardiorespirator/cardiorespir
        carecentric/carecentr carefully/care caresuite/caresuit catalytically/catalyt categorized/categor
        catheterisations/catheteris catheterizations/catheter cbcl/cbcl certificate/certif certificates/certif
        chartered/charter chemorepellent/chemorepel chipped/chip chlorophyll/chlorophyl cholecystitis/cholecyst
        chopped/chop chronology/chronolog circumvented/circumv circumventing/circumv clinicaltrials/clinicaltri
        clinicopathologi/clinicopatholog clippings/clip clusterseer/clusters coarctation/coarctat
        cocrystallized/cocrystal codominant/codomin coefficients/coeffici collapsibility/collaps collectibles/collect
        collectives/collect colocalize/coloc colocalizes/coloc colocalizing/coloc colonize/colon combustible/combust
        combustibles/combust commissioned/commiss commissioning/commiss commonalities/common commonality/common
        comparatively/compar compelling/compel compensates/compens competencies/compet completeness/complet
        computationally/comput cona/cona concealment/conceal conceptualize/conceptu conceptualizing/conceptu
        conciseness/concis conclusively/conclus concomitantly/concomit concordantly/concord conditioning/condit
        conferences/confer conferred/confer conformationally/conform conjunctivitis/conjunct consequences/consequ
        conservancy/conserv conservators/conserv considerably/consider consistencies/consist constellations/constel
        consultants/consult contextualize/contextu contextualizes/contextu contraceptives/contracept
        contraindicated/contraind controllers/control cooperativity/cooper coordinated/coordin corporal/corpor
        corpuscular/corpuscular correctional/correct corroboratively/corrobor cosignaling/cosign
        counterbalances/counterbal couplings/coupl covalently/coval crazymeds/crazym crebbp/crebbp credentialed/credenti
        credentialing/credenti credibility/credibl cribbing/crib criminals/crimin criticisms/critic
        crosspresenting/crosspres crystallization/crystal crystallize/crystal crystallized/crystal crystallizer/crystal
        crystallizers/crystal cuffing/cuf cullin/cullin cumulatively/cumul curli/cur cutaneously/cutan cuttings/cut
        cyanobacteria/cyanobacteria cybersecurity/cybersecur cyrillic/cyril dapping/dap dash/dash deburring/debur
        decalcifying/decalcifi decatizer/decat decentralization/decentr deciphered/deciph deciphering/deciph
        decisioneering/decision decollators/decol decommissioning/decommiss decontaminated/decontamin
        decorticators/decort deferred/defer deferring/defer defibrillator/defibril defibrillators/defibril
        deficient/defici definitively/definit defogging/defog degenerative/degen delineate/delin delineated/delin
        delineates/delin delineating/delin delineation/delin delineations/delin delineator/delin delineators/delin
        deliverables/deliver delivered/deliv demethylating/demethyl demineralizers/deminer dentimax/dentimax
        deoxyribonucleic/deoxyribonucl department/depart dependant/depend dependencies/depend dependently/depend
        derangements/derang derivatives/deriv designbuilder/designbuild deskidding/deskid destabilization/destabil
        development/develop devulcanizer/devulcan dewatering/dewat diabetics/diabet diagramming/diagram
        differences/differ differentials/differenti diffusivities/diffus digging/dig diggings/dig digitizing/digit
        dilators/dilat dimensioning/dimens dimerizer/dimer directionality/direct disabilities/disabl disagreement/disagr
        disagreements/disagr discontinuities/discontinu discordance/discord discordances/discord discrepancies/discrep
        discrepancy/discrep discriminators/discrimin disorganized/disorgan disparate/dispar disparities/dispar
        disruptively/disrupt distillation/distil distillers/distil distinctiveness/distinct diversifying/diversifi
        domesticated/domest doublecheck/doublecheck doublings/doubl dragging/drag dropping/drop droppings/drop
        drywaller/drywal dubbed/dub dying/die dysfunctioning/dysfunct ecologist/ecolog eddy/eddi educational/educ
        effacement/effac effectiveness/effect efficiencies/effici efficiency/effici ekman/ekman elasticities/elast
        elastrator/elastr electrification/electrif electrocochleogr/electrocochleogr elicitor/elicitor eligible/elig
        eligibles/elig ellipticals/ellipt elrf/elrf embedded/embed embedding/embed emergencies/emergenc emitted/emit
        emotionality/emot empirically/empir emptying/empti enact/enact encephalitis/enceph
        encephalomyeliti/encephalomyel encouragingly/encourag endocrinologist/endocrinolog endogenously/endogen
        endurance/endur engineered/engin engineering/engin engineers/engin engulfment/engulf enhancements/enhanc
        enrollment/enrol enrollments/enrol enteroviral/enterovir entrapped/entrap enucleated/enucl equalizers/equal
        eradicate/erad eradicating/erad eradicator/erad erodability/erod esophageal/esophag especially/especi esr/esr
        ethically/ethic ethnoarchaeologi/ethnoarchaeolog etiopathological/etiopatholog evaporation/evapor evidently/evid
        excellence/excel excellent/excel exclusion/exclus exelis/exe exertional/exert exhaustibility/exhaust
        expectations/expect expelling/expel experience/experi exploitative/exploit externalized/extern
        externalizing/extern extrafollicular/extrafollicular extremely/extrem exudates/exud eyeballs/eyebal
        eyewitnesses/eyewit fabricated/fabric fabricator/fabric faithfully/faith falsely/fals familiarize/familiar
        fanning/fan fatality/fatal fated/fate fermentologist/fermentolog fibrillating/fibril fibrillation/fibril
        fibrillations/fibril fibrillization/fibril filings/file fitnesses/fit fittings/fit fixators/fixat
        flavanones/flavanon fluoroquinolone/fluoroquinolon fogging/fog forceful/forc foreseeable/forese formally/formal
        frobenious/frobeni fulfillment/fulfil functionalities/function functionalized/function furnaces/furnac
        furring/fur furrings/fur fusing/fuse gallinaceous/gallinac gangrenous/gangren garnering/garner
        gasification/gasif gastroenterologi/gastroenterolog gastroenterology/gastroenterolog generalization/general
        generalizations/general generator/generat genotyping/genotyp geographers/geograph geographically/geograph
        geologists/geolog geomatics/geomat government/govern graphically/graphic gridded/grid gristmiller/gristmil
        gumming/gum gynecologists/gynecolog hammermills/hammermil handbell/handbel handbells/handbel harmful/harm
        harnessed/har harnessing/har hcp/hcp hds/hds healthful/health healthineers/healthin helpful/help
        helpfulness/help hematopathologis/hematopatholog hemovigilance/hemovigil hepatoma/hepatoma
        hepatoprotective/hepatoprotect heterogeneities/heterogen heterogeneity/heterogen heterogeneous/heterogen
        heterogeneously/heterogen heterologously/heterolog hindlimb/hindlimb hired/hire histologically/histolog
        histotechnologis/histotechnolog hitting/hit hobbing/hob homer/homer homogeneity/homogen homogeneous/homogen
        homogeneously/homogen homonomous/homonom homothallic/homothal hopefully/hope hospitalization/hospit
        hospitalizations/hospit hospitalized/hospit housings/hous hundreds/hundr hurdles/hurdl hydrator/hydrat
        hydrocollator/hydrocol hydrocollators/hydrocol hydrologists/hydrolog hydrometeorologi/hydrometeorolog
        hydrophobicity/hydrophob hyperosmolality/hyperosmol hyperpolarizes/hyperpolar hypogonadism/hypogonad
        hypothesizes/hypothes hypothetical/hypothet hypotheticality/hypothet icings/ice ignoring/ignor illegally/illeg
        immediately/immedi immigrant/immigr immobilization/immobil immunopanned/immunopan immunoreactivity/immunoreact
        impenetrable/impenetr impermeability/imperm importantly/import impossibility/imposs impossible/imposs
        impoundments/impound impracticality/impract improperly/improp inaccessibility/inaccess inaccessible/inaccess
        inactivating/inactiv incidents/incid inconsistencies/inconsist inconsistency/inconsist incontinence/incontin
        inconveniences/inconveni incredibly/incred increment/increment indeterminate/indetermin individuality/individu
        individualized/individu inducibly/induc inefficiencies/ineffici inefficiency/ineffici inequalities/inequ
        infectiousness/infecti inferences/infer infiniti/infin inflators/inflat infringement/infring ingredients/ingredi
        inhomogeneous/inhomogen initiatives/initi injections/inject inordinately/inordin instabilities/instabl
        installation/instal installations/instal installer/instal installers/instal installing/instal installment/instal
        intensity/intens interaperitoneal/interaperiton interchangeable/interchang interdependently/interdepend
        intermittency/intermitt interrupter/interrupt interventional/intervent intolerant/intoler intoxications/intox
        intramembranous/intramembran intramuscularly/intramuscular intraoperative/intraop intraoperatively/intraop
        intriguingly/intrigu invisibly/invis iodoacetate/iodoacet irreparable/irrepar irrigators/irrig isomers/isom
        jagged/jag jammed/jam journalism/journal jprofiler/jprofil justifications/justif kennels/kennel
        keycutting/keycut kindreds/kindr knitted/knit knowing/know knowledgeable/knowledg lacing/lace lagged/lag
        lamination/lamin landfills/landfil laryngeal/laryng latently/latent lateralized/lateral lateralizing/lateral
        legged/leg legislation/legisl leguminous/legumin lhb/lhb libbing/lib ligators/ligat limitations/limit
        linoleic/linol lipocalin/lipocalin liquidators/liquid lithoduplicator/lithodupl liveli/live localizations/local
        localizes/local locator/locat locomotives/locomot logging/log longevity/longev loosely/loos ltts/ltts
        luffing/luf luteinization/lutein lyopholizers/lyophol machineries/machineri macrohardness/macrohard
        magnetizers/magnet maintainability/maintain malignancies/malign manned/man markedly/mark marketization/market
        marred/mar maternofetal/maternofet matting/mat maturational/matur maximizer/maxim meaningfully/meaning
        measureable/measur mechanisms/mechan mechanosignaling/mechanosign medatlas/medatla medicalization/medic
        meningeal/mening metallic/metal metallization/metal metallographer/metallograph metastasizing/metastas
        metasys/metasi metrics/metric mevalonate/mevalon michaelis/micha microengineered/microengin
        microfilaments/microfila micronucleation/micronucl microorganisms/microorgan microsoldering/microsold
        microsys/microsi mindfulness/mind mineralogists/mineralog misalignments/misalign misconceptions/misconcept
        misrepresented/misrepres misys/misi mll/mll mmol/mmol mobilizations/mobil modality/modal modelled/model
        modernizing/modern modifications/modif modulates/modul modulating/modul mojito/mojito monopoly/monopoli
        mopeds/mope morale/moral morbidly/morbid morphology/morpholog motivational/motiv mouthfuls/mouth
        multinucleate/multinucl multinucleated/multinucl multiplicate/multipl multiplicative/multipl
        multiplicatively/multipl multispliced/multispl municipalities/municip mutationally/mutat mycin/mycin
        myeloablative/myeloabl nanocoatings/nanoco nanoengineering/nanoengin nasopharyngitis/nasopharyng
        nasopharynx/nasopharynx navisys/navisi necker/necker necrotizing/necrot neurochemicals/neurochem
        neuropathologist/neuropatholog neurophysiologis/neurophysiolog neuroplasticity/neuroplast
        neuropsychologis/neuropsycholog neurosolutions/neurosolut neurotoxicities/neurotox neutralizes/neutral nhr/nhr
        nitrosative/nitros nonadditive/nonaddit noncommissioned/noncommiss noncompliance/noncompli nonexistent/nonexist
        nonfermenting/nonfer nonfragmented/nonfrag nonfunctional/nonfunct nongovernmental/nongovernment
        nonlateralizing/nonlater nonmetallic/nonmetal nonoperative/nonop nonoriented/nonori nonoverlapping/nonoverlap
        nonpharmacologic/nonpharmacolog nonproliferative/nonprolif nonreplicating/nonrepl nonreplicative/nonrepl
        nonsignificant/nonsignific nonsupplemented/nonsuppl nontraditional/nontradit nonverbal/nonverb notably/notabl
        noticeably/notic notifying/notifi nucleator/nucleat nucleoside/nucleosid nutraceuticals/nutraceut
        nutritionally/nutrit obligate/oblig observables/observ observational/observ obviated/obviat occlusive/occlus
        odlis/od oesophageal/oesophag oily/oili oligomerize/oligomer omphalitis/omphal oncifelis/oncif
        oncogenicity/oncogen onfolio/onfolio ontological/ontolog openai/openai openness/open operationalized/operation
        optimism/optim optimize/optim orderlies/order organised/organis orientationally/orient oscillate/oscil
        oscillating/oscil oscillation/oscil oscillations/oscil oscillator/oscil oscillators/oscil ostensibly/ostens
        outrigging/outrig overall/overal overeating/over overheating/overh overlapped/overlap overlying/over
        overmedicating/overmed overseeing/overse overseer/overs oxmetrics/oxmetr padded/pad paddings/pad
        palatability/palat paleontology/paleontolog palliatively/palliat paraclinical/paraclin partitioned/partit
        passively/passiv patrolling/patrol peels/peel perforating/perfor perforator/perfor peritonitis/periton
        permanently/perman permitted/permit perplexities/perplex personalities/person perspectives/perspect
        persuasion/persuas pertinently/pertin pfbaldi/pfbaldi pharmaceuticals/pharmaceut phenomenology/phenomenolog
        photoactivated/photoactiv phytochemicals/phytochem plodding/plod plotter/plotter plugged/plug
        pluripotent/pluripot pluropotency/pluropot pododermatologis/pododermatolog polarizes/polar
        polymicrobiologi/polymicrobiolog polymorphisms/polymorph posey/posey positionally/posit possibilities/possibl
        postnatally/postnat postoperative/postop postoperatively/postop posttranscriptio/posttranscriptio
        potentiality/potenti practicality/practic prearrangement/prearrang preceding/preced precociously/precoci
        predator/predat predators/predat predictive/predict predominantly/predomin prefabricator/prefabr
        pregnancies/pregnanc prejudiced/prejud prenylation/prenyl preplanned/preplan prepregnancy/prepregn
        preprogrammed/preprogram prereplication/prerepl prereplicative/prerepl preservative/preserv
        preservatives/preserv pretranslational/pretransl preventatives/prevent prevention/prevent priced/price
        proactively/proactiv probabilities/probabl processivity/process professionalism/profession professions/profess
        prognosticating/prognost prognosticator/prognost programmed/program programming/program proliferators/prolifer
        promiscuously/promiscu promotants/promot pronouncedly/pronounc propellant/propel propelled/propel
        propeller/propel properly/proper proportionally/proport protiviti/protiv provocatively/provoc pspac/pspac
        purchasable/purchas purposefully/purpos qnxt/qnxt qualification/qualif qualifications/qualif
        quantification/quantif quantifications/quantif quantitatively/quantit quarrying/quarri quarternary/quarternari
        quid/quid quitting/quit radiative/radiat ramifications/ramif ramming/ram randomized/random rather/rather
        ratings/rate rationalization/ration rationalizes/ration rationalizing/ration realpresence/realpres
        rebreathers/rebreath recalls/recal recapitulates/recapitul recapitulating/recapitul recategorizing/recategor
        receivables/receiv reception/recept recessiveness/recess reconditioned/recondit recovered/recov
        recrystallize/recrystal recuperated/recuper recurred/recur recurring/recur reductants/reduct reemergence/reemerg
        reengineering/reengin refereeing/refere references/refer referral/referr refinements/refin refreshments/refresh
        refusals/refus regasification/regasif regenerative/regen regrader/regrad regrettably/regrett regulates/regul
        regulator/regul reinforcement/reinforc relaxations/relax reliability/reliabl relocalizes/reloc remnant/remnant
        remodeller/remodel remodellers/remodel removals/remov renewables/renew renpenning/renpen reoccupancy/reoccup
        repayment/repay repeatability/repeat repeatedly/repeat repellant/repel repellent/repel replaceable/replac
        replacements/replac replanter/replant reportedly/report representational/represent representative/repres
        representatives/repres represented/repres representing/repres represents/repres repressurize/repressur
        reproducible/reproduc reproducibly/reproduc reprogrammed/reprogram requisitioned/requisit
        requisitioning/requisit resensitized/resensit resident/resid resistances/resist resistivity/resist
        respectively/respect responsibilities/respons retardants/retard retrievable/retriev retroactivity/retroact
        retrospective/retrospect retrotranspositi/retrotranspos reversibility/revers reversibly/revers revitalize/revit
        ribbing/rib ribonucleic/ribonucl riggings/rig rising/rise running/run sacrificed/sacrif sanitizers/sanit
        savings/save scalability/scalabl scalder/scalder schematics/schemat scintillation/scintil scintillators/scintil
        scrubbing/scrub seamless/seamless searchmetrics/searchmetr sectionalizing/section semisyngeneic/semisyngen
        senator/senat sensitivities/sensit seroepidemiologi/seroepidemiolog seropositivity/seroposit
        serviceability/servic servomechanisms/servomechan settings/set severely/sever shading/shade shaped/shape
        shavings/shave sheetfed/sheetf shredded/shred shredding/shred sickness/sick sightseeing/sightse
        signalerings/signal silicone/silicon simulation/simul simultaneous/simultan simultaneously/simultan
        skidding/skid skies/sky skilful/skil slipped/slip slitting/slit slotted/slot sociologists/sociolog
        softballs/softbal sophisticated/sophist soybean/soybean spacing/space spanning/span spared/spare spastic/spastic
        specificities/specif spinning/spin spontaneous/spontan spontaneously/spontan spragger/spragger
        stabilisers/stabilis staffed/staf staffing/staf standardize/standard standardizes/standard stemmed/stem
        stiffnesses/stiff stomatitis/stomat stopping/stop storyteller/storytel straightness/straight strapping/strap
        strikes/strike strikingly/strike studded/stud stuffed/stuf stuffing/stuf subclustering/subclust
        subconfluence/subconflu subcutaneously/subcutan submersible/submers submitted/submit subordinately/subordin
        subspecialize/subspeci successfully/success sucessfully/sucess summed/sum summing/sum sumoylating/sumoyl
        superinfected/superinfect supposedly/suppos surpac/surpac surprisingly/surpris surveillance/surveil
        surveying/survey survivability/surviv susceptibilities/suscept sustainably/sustain swaging/swage syborg/syborg
        synergisms/synerg syngeneic/syngen systematically/systemat systematized/systemat tag/tag tagged/tag
        taglines/taglin telecommunicator/telecommun teratogenicity/teratogen testability/testabl testbeds/testb
        thermoneutrality/thermoneutr thinned/thin tied/tie timetables/timet tolerances/toler tolerogenicity/tolerogen
        tonsillitis/tonsil topologies/topolog toppings/top torqueing/torqu totalizers/total totalling/total
        toughness/tough tour/tour traceability/traceabl tracings/trace traditional/tradit traditionally/tradit
        trancite/trancit transferred/transfer transferring/transfer translationally/translat translators/translat
        transmitting/transmit transnationalism/transnat transparency/transpar travellers/travel travelling/travel
        tread/tread trimming/trim trimmings/trim triphosphates/triphosph tutorials/tutori twine/twine twitchell/twitchel
        tying/tie ubiquitous/ubiquit ubiquitously/ubiquit ultrasensitivity/ultrasensit ultrasonicators/ultrason
        unanswered/unansw unawareness/unawar unbuffered/unbuff uncommitted/uncommit uncomplicated/uncompl
        unconsciousness/unconsci uncontrolled/uncontrol underbeds/underb underlies/under underlying/under
        underpinned/underpin underpinning/underpin underpinnings/underpin underrepresented/underrepres
        understaffing/understaf undertreated/undertr undoubtedly/undoubt uneventful/unev unfaithful/unfaith
        unfettered/unfett uniformity/uniform univalents/unival univariately/univari unknowingly/unknow unlawful/unlaw
        unmineralized/unminer unnoticed/unnot unprecedented/unpreced unpredictably/unpredict unquestionably/unquestion
        unravelled/unravel unreplicated/unrepl unresponsiveness/unrespons unrollers/unrol unserviceable/unservic
        unskilled/unskil unsupplemented/unsuppl untapped/untap urological/urolog urologist/urolog usefulness/use
        vaccinator/vaccin vacuolization/vacuol vandalism/vandal varied/vari vascularly/vascular vegetables/veget
        vegetative/veget venereal/vener ventilation/ventil vesys/vesi virulent/virul visibility/visibl visualizer/visual
        vocalizations/vocal volcanic/volcan volunteered/volunt volunteers/volunt vulnerabilities/vulner wakefulness/wake
        wallcoverings/wallcov warehousing/wareh waterlogged/waterlog watersheds/watersh weaknesses/weak weddings/wed
        wellbeing/wellb winemakers/winemak winnings/win winterizer/winter witnessed/wit witnesses/wit witnessing/wit
        wrapping/wrap xenogeneic/xenogen zic/zic zusanli/zusan
        """
}
