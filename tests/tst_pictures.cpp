// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/op.h"

#include <QTest>

using namespace chainrule;

class PicturesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyRecordSaysHowItsGradientsAreDrawn();
};

void PicturesTest::everyRecordSaysHowItsGradientsAreDrawn()
{
    for (const Op& op : allOps()) {
        const std::string name(op.name);
        QVERIFY2(op.pictures.size() == (op.vjp ? op.tensorParameterCount() : 0), name.c_str());
        for (std::size_t i = 0; i < op.pictures.size(); ++i) {
            const GradientPicture& picture = op.pictures[i];
            if (!op.tensorParameter(i)->differentiable)
                QVERIFY2(picture.kind == Picture::Nothing, name.c_str());
            const bool isMultiplied = picture.kind == Picture::Elementwise || picture.kind == Picture::Mask
                                      || picture.kind == Picture::DiagonalMinusOuter;
            QVERIFY2(!isMultiplied || !picture.local.empty(), name.c_str());
            bool usesUpstream = false;
            for (const auto& factor : picture.factors) {
                usesUpstream |= !factor.input;
                QVERIFY2(!factor.input || *factor.input < op.pictures.size(), name.c_str());
            }
            QVERIFY2(usesUpstream, name.c_str());
        }
    }
}

QTEST_APPLESS_MAIN(PicturesTest)
#include "tst_pictures.moc"
