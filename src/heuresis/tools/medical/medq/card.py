"""What the cards of `medical.quality` and `medical.compare_quality` say alike."""

from heuresis.contract import TrainingData

CITATIONS = (
    "MedQ-Bench: arXiv:2510.01691",
    "MedQ-Deg: arXiv:2603.07769",
    "Temperature scaling: arXiv:1706.04599",
)
LICENCE_WEIGHTS = "ours; some training sets are for research use only"
SPLIT = "by image 80/10/10; sources named as unseen were never trained on"
TRAINING = (
    TrainingData(name="MedNIST CXR, AbdomenCT, ChestCT", licence="CC BY-SA 4.0", split=SPLIT),
    TrainingData(name="VQA-RAD chest films and CT", licence="CC0", split=SPLIT),
    TrainingData(name="brain tumour MRI, 128 px", licence="public release", split=SPLIT),
    TrainingData(name="BUSI breast ultrasound", licence="research use", split=SPLIT),
    TrainingData(name="DRIVE, CHASE_DB1", licence="research use; CC BY 4.0", split=SPLIT),
    TrainingData(name="2018 Data Science Bowl nuclei", licence="CC0", split=SPLIT),
)
DOMAIN = (
    "Whole images, as displayed, of 32 px and more a side: chest X-ray, CT, MRI, ultrasound, "
    "colour fundus, microscopy. Endoscopy, OCT and photographs are refused."
)
FAILURES = (
    "It looks at 128 px: what is lost below that size is not seen.",
    "Labels are simulated losses, not readers' opinions; only fundus verdicts met real labels.",
    "Ghosting and dark spots were kept out of training and are never named.",
    "Mild losses are missed most: no gate may rest on a mild finding.",
    "Good means good for the sources it learned from: of untouched images of unseen sources half "
    "are called usable or reject (head CT 87 %, breast MRI 71 %, X-ray 16 %).",
)
NOTICE = "Research use, not for diagnosis."
WHY_NONE = "a probability; how far it can be trusted is in the model's card"
