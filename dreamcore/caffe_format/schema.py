"""The messages of Caffe's model files that this program reads and writes.

Only the fields needed are named; every other field of a file is skipped. Field numbers, types and defaults are facts of
the format, as published in BVLC Caffe's ``src/caffe/proto/caffe.proto``. The message classes are built from the table
below at first use, so no generated file ties the program to one release of protobuf.

``data`` and ``double_data`` of a blob are packed numbers on the wire, which is the same as ``bytes``; declared so, they
are read without a Python object for each number.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# message: field=number type, ...     * repeated, + repeated and packed, [x] default
_MESSAGES = """
BlobShape: dim=1 int64+
BlobProto: num=1 int64, channels=2 int64, height=3 int64, width=4 int64, data=5 bytes*, shape=7 BlobShape,
    double_data=8 bytes*
NetState: phase=1 Phase
NetStateRule: phase=1 Phase
NetParameter: name=1 string, layers=2 V1LayerParameter*, input=3 string*, input_dim=4 int64*, input_shape=8 BlobShape*,
    layer=100 LayerParameter*
LayerParameter: name=1 string, type=2 string, bottom=3 string*, top=4 string*, blobs=7 BlobProto*,
    include=8 NetStateRule*, exclude=9 NetStateRule*, concat_param=104 ConcatParameter,
    convolution_param=106 ConvolutionParameter, eltwise_param=110 EltwiseParameter, exp_param=111 ExpParameter,
    inner_product_param=117 InnerProductParameter, lrn_param=118 LRNParameter, pooling_param=121 PoolingParameter,
    power_param=122 PowerParameter, relu_param=123 ReLUParameter, softmax_param=125 SoftmaxParameter,
    slice_param=126 SliceParameter, reshape_param=133 ReshapeParameter, log_param=134 LogParameter,
    flatten_param=135 FlattenParameter, batch_norm_param=139 BatchNormParameter, elu_param=140 ELUParameter,
    bias_param=141 BiasParameter, scale_param=142 ScaleParameter, input_param=143 InputParameter,
    crop_param=144 CropParameter
V1LayerParameter: bottom=2 string*, top=3 string*, name=4 string, type=5 LayerType, blobs=6 BlobProto*,
    concat_param=9 ConcatParameter, convolution_param=10 ConvolutionParameter,
    inner_product_param=17 InnerProductParameter, lrn_param=18 LRNParameter, pooling_param=19 PoolingParameter,
    power_param=21 PowerParameter, eltwise_param=24 EltwiseParameter, relu_param=30 ReLUParameter,
    slice_param=31 SliceParameter, include=32 NetStateRule*, exclude=33 NetStateRule*,
    softmax_param=39 SoftmaxParameter, exp_param=41 ExpParameter
BatchNormParameter: use_global_stats=1 bool, eps=3 float [1e-5]
BiasParameter: axis=1 int64 [1], num_axes=2 int64 [1]
ConcatParameter: concat_dim=1 uint64 [1], axis=2 int64 [1]
ConvolutionParameter: num_output=1 uint64, bias_term=2 bool [true], pad=3 uint64*, kernel_size=4 uint64*,
    group=5 uint64 [1], stride=6 uint64*, pad_h=9 uint64, pad_w=10 uint64, kernel_h=11 uint64, kernel_w=12 uint64,
    stride_h=13 uint64, stride_w=14 uint64, dilation=18 uint64*
CropParameter: axis=1 int32 [2], offset=2 uint32*
EltwiseParameter: operation=1 EltwiseOp [SUM], coeff=2 float*
ELUParameter: alpha=1 float [1]
ExpParameter: base=1 float [-1], scale=2 float [1], shift=3 float
FlattenParameter: axis=1 int64 [1], end_axis=2 int64 [-1]
InnerProductParameter: num_output=1 uint64, bias_term=2 bool [true], axis=5 int64 [1], transpose=6 bool
InputParameter: shape=1 BlobShape*
LogParameter: base=1 float [-1], scale=2 float [1], shift=3 float
LRNParameter: local_size=1 uint64 [5], alpha=2 float [1], beta=3 float [0.75], norm_region=4 NormRegion, k=5 float [1]
PoolingParameter: pool=1 PoolMethod, kernel_size=2 uint64*, stride=3 uint64*, pad=4 uint64*, kernel_h=5 uint64,
    kernel_w=6 uint64, stride_h=7 uint64, stride_w=8 uint64, pad_h=9 uint64, pad_w=10 uint64, global_pooling=12 bool
PowerParameter: power=1 float [1], scale=2 float [1], shift=3 float
ReLUParameter: negative_slope=1 float
ReshapeParameter: shape=1 BlobShape, axis=2 int64, num_axes=3 int64 [-1]
ScaleParameter: axis=1 int64 [1], num_axes=2 int64 [1], bias_term=4 bool
SliceParameter: slice_dim=1 uint64 [1], slice_point=2 uint64*, axis=3 int64 [1]
SoftmaxParameter: axis=2 int64 [1]
"""

# The older layers carry a number where the newer ones carry the type's name.
V1_TYPES = {
    "NONE": (0, ""), "ACCURACY": (1, "Accuracy"), "BNLL": (2, "BNLL"), "CONCAT": (3, "Concat"),
    "CONVOLUTION": (4, "Convolution"), "DATA": (5, "Data"), "DROPOUT": (6, "Dropout"),
    "EUCLIDEAN_LOSS": (7, "EuclideanLoss"), "FLATTEN": (8, "Flatten"), "HDF5_DATA": (9, "HDF5Data"),
    "HDF5_OUTPUT": (10, "HDF5Output"), "IM2COL": (11, "Im2col"), "IMAGE_DATA": (12, "ImageData"),
    "INFOGAIN_LOSS": (13, "InfogainLoss"), "INNER_PRODUCT": (14, "InnerProduct"), "LRN": (15, "LRN"),
    "MULTINOMIAL_LOGISTIC_LOSS": (16, "MultinomialLogisticLoss"), "POOLING": (17, "Pooling"), "RELU": (18, "ReLU"),
    "SIGMOID": (19, "Sigmoid"), "SOFTMAX": (20, "Softmax"), "SOFTMAX_LOSS": (21, "SoftmaxWithLoss"),
    "SPLIT": (22, "Split"), "TANH": (23, "TanH"), "WINDOW_DATA": (24, "WindowData"), "ELTWISE": (25, "Eltwise"),
    "POWER": (26, "Power"), "SIGMOID_CROSS_ENTROPY_LOSS": (27, "SigmoidCrossEntropyLoss"),
    "HINGE_LOSS": (28, "HingeLoss"), "MEMORY_DATA": (29, "MemoryData"), "ARGMAX": (30, "ArgMax"),
    "THRESHOLD": (31, "Threshold"), "DUMMY_DATA": (32, "DummyData"), "SLICE": (33, "Slice"), "MVN": (34, "MVN"),
    "ABSVAL": (35, "AbsVal"), "SILENCE": (36, "Silence"), "CONTRASTIVE_LOSS": (37, "ContrastiveLoss"),
    "EXP": (38, "Exp"), "DECONVOLUTION": (39, "Deconvolution"),
}  # fmt: skip

_ENUMS = {
    "Phase": {"TRAIN": 0, "TEST": 1},
    "EltwiseOp": {"PROD": 0, "SUM": 1, "MAX": 2},
    "NormRegion": {"ACROSS_CHANNELS": 0, "WITHIN_CHANNEL": 1},
    "PoolMethod": {"MAX": 0, "AVE": 1, "STOCHASTIC": 2},
    "LayerType": {name: number for name, (number, _) in V1_TYPES.items()},
}


@cache
def message_class(name: str) -> Any:
    """Return the protobuf class of one of Caffe's messages.

    Parameters
    ----------
    name : str
        ``"NetParameter"``, ``"LayerParameter"``, ...

    Examples
    --------
    >>> message_class("LRNParameter")().beta
    0.75
    """
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"dreamcore.caffe.{name}"))


@cache
def _pool() -> Any:
    # A pool of its own: a real Caffe in the same process registers the same names in the default one.
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="dreamcore/caffe.proto", package="dreamcore.caffe", syntax="proto2")
    for enum, values in _ENUMS.items():
        # Values share the scope that their enum stands in, so each enum gets a message of its own around it.
        added = file.message_type.add(name=f"{enum}Scope").enum_type.add(name=enum)
        for name, number in values.items():
            added.value.add(name=name, number=number)
    for row in _MESSAGES.replace("\n    ", " ").strip().splitlines():
        message, fields = row.split(":", 1)
        added = file.message_type.add(name=message)
        for field in fields.split(","):
            _add_field(added, *field.split())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add_field(message: Any, name_and_number: str, kind: str, default: str | None = None) -> None:
    name, number = name_and_number.split("=")
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind[-1] in "*+" else field.LABEL_OPTIONAL
    field.options.packed = kind[-1] == "+"
    kind = kind.rstrip("*+")
    if kind in _ENUMS:
        field.type, field.type_name = field.TYPE_ENUM, f".dreamcore.caffe.{kind}Scope.{kind}"
    elif kind[0].isupper():
        field.type, field.type_name = field.TYPE_MESSAGE, f".dreamcore.caffe.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    if default:
        field.default_value = default.strip("[]")
